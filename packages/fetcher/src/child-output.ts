/** Reads the output of a program to its end, as a stream that fails when the program does. */
import { spawn } from 'node:child_process';

import type { Identity } from './users.ts';

export interface ChildOptions {
  arguments: readonly string[];
  /** As whom it runs; as this program when undefined. */
  identity?: Identity | undefined;
  signal: AbortSignal;
  /** The descriptor of a file that it reads as its input. */
  stdin?: number;
}

const complaintCharactersMax = 1000;

/**
 * The output of a program. Fails with what the program wrote to its standard error when it does not exit with status 0,
 * and with the system's error when it cannot be started. When the reader stops early, the program is killed.
 */
export async function* childOutput(program: string, options: ChildOptions): AsyncGenerator<Uint8Array> {
  options.signal.throwIfAborted();
  const env = { LC_ALL: 'C', PATH: process.env['PATH'] };
  const child = spawn(program, options.arguments, {
    cwd: '/',
    env,
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
    ...options.identity,
  });
  const kill = (): boolean => child.kill('SIGKILL');
  options.signal.addEventListener('abort', kill, { once: true });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, complaintCharactersMax);
  });
  const ended = new Promise<Error | undefined>((resolve) => {
    child.once('error', resolve);
    child.once('close', (code) => resolve(code === 0 ? undefined : new Error(`${program}: ${complaint.trim()}`)));
  });
  try {
    if (child.stdout !== null) yield* child.stdout;
    const failure = await ended;
    options.signal.throwIfAborted();
    if (failure !== undefined) throw failure;
  } finally {
    kill();
    await ended;
    options.signal.removeEventListener('abort', kill);
  }
}
