import { join } from 'node:path';
import { inTemporaryFolder } from '@mesos-ts/libprocess/testing';

/** Does something with a path in a folder of its own, where there is nothing yet. */
export function inFolder<T>(work: (path: string) => Promise<T>): Promise<T> {
  return inTemporaryFolder((folder) => work(join(folder, 'log')));
}
