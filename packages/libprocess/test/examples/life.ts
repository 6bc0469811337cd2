import { Process, ProcessError, Runtime } from '@mesos-ts/libprocess';
import type { EndReason } from '@mesos-ts/libprocess';

class Store extends Process {
  readonly #items = new Map<string, string>();

  protected override async initialize(): Promise<void> {
    // Nothing else is handled until this is done: whoever asks has to wait.
    this.#items.set('colour', await Promise.resolve('blue'));
  }

  get(key: string): string | undefined {
    return this.#items.get(key);
  }

  put(key: string, value: string): void {
    if (value === '') throw new Error(`nothing to put at ${key}`);
    this.#items.set(key, value);
  }

  protected override finalize(reason: EndReason): void {
    console.log(`store: ${reason.type}`);
  }
}

await using runtime = new Runtime();
const store = runtime.spawn(new Store('store'));
console.log(await runtime.dispatch(store, 'get', ['colour']));

// A name belongs to one actor at a time.
try {
  runtime.spawn(new Store('store'));
} catch (error) {
  if (error instanceof ProcessError) console.log(error.code);
}

// The exception of a dispatched method is its caller's, and the actor lives on. That of a told one ends the actor.
await runtime.dispatch(store, 'put', ['colour', '']).catch((error: unknown) => {
  console.log(String(error));
});
runtime.tell(store, 'put', 'colour', '');
await runtime.wait(store);

// Now the name is free. In the end, `await using` closes the runtime, and that ends its actors.
runtime.spawn(new Store('store'));
