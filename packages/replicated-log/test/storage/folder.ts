import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Does something with a path in a folder of its own, where there is nothing yet. */
export async function inFolder<T>(work: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'replicated-log-'));
  try {
    return await work(join(folder, 'log'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
