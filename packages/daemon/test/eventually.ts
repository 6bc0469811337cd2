import { MessageChannel } from 'node:worker_threads';
import { SystemClock } from '@mesos-ts/libprocess';

/** Waits until something holds, at most ten seconds; looks every few milliseconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const clock = new SystemClock();
  const deadline = clock.monotonic() + 10_000;
  // An open port keeps this program running, which the system clock's timers do not.
  const { port1 } = new MessageChannel();
  port1.on('message', () => undefined);
  try {
    while (!(await holds())) {
      if (clock.monotonic() > deadline) throw new Error(`Never happened: ${what}`);
      await new Promise<void>((resolve) => {
        clock.timer(10, resolve);
      });
    }
  } finally {
    port1.close();
  }
}
