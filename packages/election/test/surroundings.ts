import { SeededRandom, SystemClock, debugLogger } from '@mesos-ts/libprocess';
import type { Logger } from '@mesos-ts/libprocess';
import type { Surroundings } from '../src/interfaces.ts';

/** The machine's time, and a log that a test can look at. */
export function systemSurroundings(seed = 1): Surroundings & { readonly log: string[] } {
  const log: string[] = [];
  const clock = new SystemClock();
  return {
    clock,
    random: new SeededRandom(seed),
    logger: { ...debugLogger('mesos:election'), ...recording(log) },
    log,
  };
}

function recording(log: string[]): Pick<Logger, 'warn' | 'error'> {
  return {
    warn: (message) => void log.push(`W ${message}`),
    error: (message) => void log.push(`E ${message}`),
  };
}
