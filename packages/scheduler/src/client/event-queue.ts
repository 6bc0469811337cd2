import { deferred } from '@mesos-ts/libprocess/browser';

/** Events between a connection, which waits while there are too many, and one reader, who waits while there are none. */
export class EventQueue<T> {
  readonly #max: number;
  readonly #events: T[] = [];
  #taken = deferred<void>();
  #given = deferred<void>();
  #end: { readonly error: Error | undefined } | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  /** Adds an event; nothing happens after the end. */
  push(event: T): void {
    if (this.#end !== undefined) return;
    this.#events.push(event);
    this.#given.resolve();
  }

  /** Resolves when there is room again. */
  async room(): Promise<void> {
    while (this.#events.length >= this.#max && this.#end === undefined) await this.#taken.promise;
  }

  /** The next event; undefined at the end. Rejects with what it has ended with, when all events before have been taken. */
  async take(): Promise<T | undefined> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        this.#taken.resolve();
        this.#taken = deferred();
        return event;
      }
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return undefined;
      this.#given = deferred();
      await this.#given.promise;
    }
  }

  /** No events come any more. Without an error those that wait are forgotten. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    if (error === undefined) this.#events.length = 0;
    this.#given.resolve();
    this.#taken.resolve();
  }
}
