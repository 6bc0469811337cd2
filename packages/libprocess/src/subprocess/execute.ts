import { ProcessError } from '../errors.ts';
import { subprocess } from './subprocess.ts';
import type { ExitStatus } from './exit-status.ts';
import type { Input } from './stdio.ts';
import type { Command, Subprocess, SubprocessOptions } from './subprocess.ts';
import type { ProcessRuntime } from '../actor/process.ts';

/** Options of `execute`. */
export interface ExecuteOptions extends Omit<SubprocessOptions, 'onExit' | 'stderr' | 'stdin' | 'stdout' | 'tracked'> {
  /** What it reads: a text, bytes, or as for `subprocess`. @default 'ignore' */
  readonly input?: Exclude<Input, 'pipe'> | { readonly text: string | Uint8Array };
  /** Bytes that are kept of each of its stdout and stderr. @default 1 MiB */
  readonly captureBytesMax?: number;
  /** How long it may take, in milliseconds. @default for ever */
  readonly timeoutMs?: number;
  /** Aborting it kills the child. */
  readonly signal?: AbortSignal;
  /** Whether a test clock waits for its end. Then no time passes on that clock meanwhile, and so no timeout. @default true */
  readonly tracked?: boolean;
}

/** What came of a command. */
export interface Executed {
  readonly status: ExitStatus;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Bytes beyond the bound that were not kept, of both. */
  readonly dropped: number;
}

const captureBytesMaxDefault = 1024 * 1024;

/**
 * Runs a command to its end and answers what it has written. A status other than 0 is an answer too. Rejects
 * as `subprocess` does, with `SUBPROCESS_TIMEOUT` when it takes too long, and with the signal's reason; then the command and all that
 * came of it has been killed. What it leaves running in the background is waited for as long as it holds stdout or stderr.
 */
export async function execute(
  runtime: ProcessRuntime,
  command: Command,
  options: ExecuteOptions = {},
): Promise<Executed> {
  const {
    captureBytesMax = captureBytesMaxDefault,
    input = 'ignore',
    signal,
    timeoutMs,
    tracked = true,
    ...rest
  } = options;
  signal?.throwIfAborted();
  const text = typeof input === 'object' && 'text' in input ? input.text : undefined;
  const child = await subprocess(runtime, command, {
    session: true,
    ...rest,
    stdin: typeof input === 'object' && 'text' in input ? 'pipe' : input,
    stdout: { captureBytesMax },
    stderr: { captureBytesMax },
  });
  if (text !== undefined) child.stdin?.end(text);
  const executed = ended(runtime, child, signal, timeoutMs);
  return tracked ? runtime.track(executed) : executed;
}

async function ended(
  runtime: ProcessRuntime,
  child: Subprocess,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
): Promise<Executed> {
  let failure: { readonly error: unknown } | undefined;
  const giveUp = (error: unknown): void => {
    failure ??= { error };
    child.killTree();
    child.closePipes();
  };
  const abort = (): void => {
    giveUp(signal?.reason);
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  const timer =
    timeoutMs === undefined
      ? undefined
      : runtime.clock.timer(timeoutMs, () => {
          giveUp(new ProcessError('SUBPROCESS_TIMEOUT', `A command took longer than ${timeoutMs} ms`));
        });
  try {
    const [status, stdout, stderr] = await Promise.all([child.status, child.capturedStdout, child.capturedStderr]);
    if (failure !== undefined) throw failure.error;
    return {
      status,
      stdout: stdout?.bytes ?? Buffer.alloc(0),
      stderr: stderr?.bytes ?? Buffer.alloc(0),
      dropped: (stdout?.dropped ?? 0) + (stderr?.dropped ?? 0),
    };
  } finally {
    if (timer !== undefined) runtime.clock.cancel(timer);
    signal?.removeEventListener('abort', abort);
  }
}
