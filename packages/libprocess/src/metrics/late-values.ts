type Listener = (value: number | undefined) => void;

/**
 * Tells of what promises resolve to. A promise keeps whatever was attached to it until it settles, and some never do: so there is one
 * listener at each, and those who have waited long enough can leave.
 */
export class LateValues {
  readonly #listeners = new WeakMap<Promise<number | undefined>, Set<Listener>>();
  readonly #failed: () => void;

  /** @param failed Called for each promise that rejects; those who listen are told undefined. */
  constructor(failed: () => void) {
    this.#failed = failed;
  }

  /** Calls back when the promise has settled. Answers how to take that back. */
  listen(promise: Promise<number | undefined>, listener: Listener): () => void {
    const listeners = this.#listeners.get(promise) ?? this.#attach(promise);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  #attach(promise: Promise<number | undefined>): Set<Listener> {
    const listeners = new Set<Listener>();
    this.#listeners.set(promise, listeners);
    void this.#tell(promise, listeners);
    return listeners;
  }

  async #tell(promise: Promise<number | undefined>, listeners: ReadonlySet<Listener>): Promise<void> {
    let value: number | undefined;
    try {
      value = await promise;
    } catch {
      this.#failed();
    }
    this.#listeners.delete(promise);
    for (const listener of listeners) listener(value);
  }
}
