import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of this thread's heap that are still used after everything that nobody holds was collected. */
export function heapUsed(): number {
  // Once is not enough for what is held weakly, or by a finaliser.
  for (let round = 0; round < 3; round++) collect();
  return process.memoryUsage().heapUsed;
}
