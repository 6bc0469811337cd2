import { text } from 'node:stream/consumers';
import { readProcess } from '../../src/subprocess/index.ts';
import type { Readable } from 'node:stream';

/** Whether this machine tells of its processes. */
export const hasProc = readProcess(process.pid) !== undefined;

/** Whether a process runs; one that has ended and waits for its parent does not. */
export function isAlive(pid: number): boolean {
  return readProcess(pid)?.isZombie === false;
}

/** All that a stream has. */
export function read(stream: Readable | undefined): Promise<string> {
  if (stream === undefined) throw new Error('There is no pipe');
  return text(stream);
}

/** The numbers in the first line of a stream, which is read no further. */
export async function firstNumbers(stream: Readable | undefined): Promise<number[]> {
  let line = '';
  for await (const chunk of stream ?? []) {
    line += String(chunk);
    if (line.includes('\n')) break;
  }
  return line.trim().split(' ').map(Number);
}
