import { Process, ProcessError, Runtime, deferred } from '@mesos-ts/libprocess';

class Kitchen extends Process {
  readonly bell = deferred<string>();

  async cook(dish: string): Promise<string> {
    const { signal } = this; // Read before the first await: the signal of this very call.
    signal.addEventListener('abort', () => {
      console.log(`nobody waits for the ${dish} any more`);
    });
    const word = await this.bell.promise;
    return `${dish}: ${word}`;
  }
}

await using runtime = new Runtime();
const kitchen = new Kitchen('kitchen');
const pid = runtime.spawn(kitchen);

// The compiler knows the methods of a PID<Kitchen>, their arguments and their results.
const pizza = runtime.dispatch(pid, 'cook', ['pizza'], { timeoutMs: 60_000 });

// A caller gives up by a signal, or after a time. The kitchen hears of both.
const guest = new AbortController();
const soup = runtime.dispatch(pid, 'cook', ['soup'], { signal: guest.signal });
const salad = runtime.dispatch(pid, 'cook', ['salad'], { timeoutMs: 60_000 });
await Promise.resolve();
guest.abort(new Error('the guest has left'));
await soup.catch((error: unknown) => {
  console.log(String(error));
});

kitchen.bell.resolve('ready');
console.log(await pizza);
console.log(await salad);

// Whoever waits for an actor that ends is told.
runtime.terminate(pid);
await runtime.dispatch(pid, 'cook', ['cake']).catch((error: unknown) => {
  if (error instanceof ProcessError) console.log(error.code);
});
