import { readFile } from 'node:fs/promises';
import { eventually } from '@mesos-ts/libprocess/testing';

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
