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
