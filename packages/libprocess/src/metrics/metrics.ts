/** A number that only grows, for example of messages received. */
export class Counter {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  increment(by = 1): void {
    this.#value += by;
  }
}

/** Named numbers of a runtime, served at `/metrics/snapshot`. Names are paths: `master/tasks_running`. */
export class Metrics {
  readonly #counters = new Map<string, Counter>();
  readonly #values = new Map<string, () => number | undefined>();

  /** The counter of that name, made on first use. */
  counter(name: string): Counter {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      const made = new Counter();
      this.#counters.set(name, made);
      this.#values.set(name, () => made.value);
      counter = made;
    }
    return counter;
  }

  /** A number that is computed when it is read; undefined leaves it out of that snapshot. Replaces one of the same name. */
  gauge(name: string, read: () => number | undefined): void {
    this.#counters.delete(name);
    this.#values.set(name, read);
  }

  remove(name: string): boolean {
    this.#counters.delete(name);
    return this.#values.delete(name);
  }

  /** Every metric by name, in order of name. */
  snapshot(): Record<string, number> {
    const result: Record<string, number> = {};
    for (const name of [...this.#values.keys()].toSorted()) {
      const value = this.#values.get(name)?.();
      if (value !== undefined) result[name] = value;
    }
    return result;
  }
}
