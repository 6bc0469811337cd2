import { after } from '../time/after.ts';
import { SystemClock } from '../time/system-clock.ts';

const patienceMs = 180_000;
const lookMs = 5;

/** Waits until something of the world outside holds, which no clock of a test moves; looks every few milliseconds. Rejects after three minutes. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const clock = new SystemClock();
  const deadlineMs = clock.monotonic() + patienceMs;
  while (!(await holds())) {
    if (clock.monotonic() > deadlineMs) throw new Error(`Never happened: ${what}`);
    await after(clock, lookMs);
  }
}
