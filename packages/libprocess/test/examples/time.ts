import { Process, Runtime, Timeout, after, timeLimit } from '@mesos-ts/libprocess';
import type { Timer } from '@mesos-ts/libprocess';

class Watchdog extends Process {
  #barking: Timer | undefined;

  /** Whoever feeds it in time never hears it. */
  feed(): void {
    if (this.#barking !== undefined) this.cancel(this.#barking);
    this.#barking = this.delay(500, () => {
      console.log('woof');
      this.terminate();
    });
  }
}

// As this program does nothing but wait for timers, they have to keep it running.
await using runtime = new Runtime();
const watchdog = runtime.spawn(new Watchdog());
for (let meals = 0; meals < 3; meals++) {
  await runtime.dispatch(watchdog, 'feed');
  await after(runtime.clock, 1);
}
await runtime.wait(watchdog);

// A deadline that is passed on: each step asks how much of it is left.
const timeout = new Timeout(runtime.clock, 60_000);
console.log('plenty left:', timeout.remainingMs > 1_000, timeout.expired);

// A signal that aborts by itself, for whatever takes one.
using limit = timeLimit(runtime.clock, 5);
await after(runtime.clock, 60_000, { signal: limit.signal }).catch((error: unknown) => {
  console.log(String(error));
});
