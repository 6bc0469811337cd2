import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock, after } from '@mesos-ts/libprocess';

/** Waits until something holds, at most ten seconds; looks every few milliseconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const clock = new SystemClock();
  const deadline = clock.monotonic() + 10_000;
  while (!(await holds())) {
    if (clock.monotonic() > deadline) throw new Error(`Never happened: ${what}`);
    await after(clock, 10);
  }
}

/** Waits for something that does not by itself keep this program running, as the end of an executor does not. */
export async function awaiting<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await eventually(() => isSettled, 'what is waited for');
  return promise;
}

/** A directory that is removed at the end. */
export async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'mesos-agent-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A file's text; empty while it is not there. */
export function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Whether a process runs; one that has ended and was not asked for does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await textOf(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** The pids in a file that a test's processes append to, one a line. */
export async function pidsIn(path: string): Promise<number[]> {
  return (await textOf(path))
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}
