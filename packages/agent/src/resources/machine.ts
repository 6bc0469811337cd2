import { availableParallelism, totalmem } from 'node:os';
import { statfs } from 'node:fs/promises';

import type { Machine } from './detect.ts';

/** Asks this machine what it has. */
export async function thisMachine(workDir: string): Promise<Machine> {
  const disk = await statfs(workDir).catch(() => undefined);
  return {
    cpus: availableParallelism(),
    memBytes: totalmem(),
    diskBytes: disk === undefined ? undefined : disk.blocks * disk.bsize,
  };
}
