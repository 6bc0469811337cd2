import { MessageChannel } from 'node:worker_threads';
import { SystemClock } from '../../src/index.ts';

const patienceMs = 60_000;

/** Waits until something of the world outside holds, at most a minute; looks every few milliseconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const clock = new SystemClock();
  const deadlineMs = clock.monotonic() + patienceMs;
  // An open port keeps this program running, which the system clock's timers do not.
  const { port1 } = new MessageChannel();
  port1.on('message', () => undefined);
  try {
    while (!(await holds())) {
      if (clock.monotonic() > deadlineMs) throw new Error(`Never happened: ${what}`);
      await new Promise<void>((resolve) => {
        clock.timer(5, resolve);
      });
    }
  } finally {
    port1.close();
  }
}
