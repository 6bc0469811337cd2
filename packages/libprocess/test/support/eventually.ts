import { SystemClock, after } from '../../src/index.ts';

const patienceMs = 60_000;

/** Waits until something of the world outside holds, at most a minute; looks every few milliseconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const clock = new SystemClock();
  const deadlineMs = clock.monotonic() + patienceMs;
  while (!(await holds())) {
    if (clock.monotonic() > deadlineMs) throw new Error(`Never happened: ${what}`);
    await after(clock, 5);
  }
}
