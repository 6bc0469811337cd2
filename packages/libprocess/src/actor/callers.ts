/** Somebody who waits for an answer. */
export interface Caller<R> {
  readonly resolve: (result: R | Promise<R>) => void;
  readonly reject: (reason: unknown) => void;
}

/** The callers whose method or route has begun and not finished: they are refused when the actor ends first. */
export class Callers {
  readonly #waiting = new Set<(reason: unknown) => void>();

  has(caller: Caller<never>): boolean {
    return this.#waiting.has(caller.reject);
  }

  /** Answers a caller with what becomes of a promise. */
  answer<R>({ resolve, reject }: Caller<R>, result: Promise<R>): Promise<void> {
    this.#waiting.add(reject);
    return result.then(
      (value) => {
        // Whoever was refused meanwhile has had an answer.
        if (this.#waiting.delete(reject)) resolve(value);
      },
      (error: unknown) => {
        if (this.#waiting.delete(reject)) reject(error);
      },
    );
  }

  /** The same event for somebody who may answer it at any time; calls back before the answer. */
  pending<E extends Caller<never>>(event: E, answered: () => void): E {
    const { resolve, reject } = event;
    this.#waiting.add(reject);
    const done = (): void => {
      this.#waiting.delete(reject);
      answered();
    };
    return {
      ...event,
      resolve: (result: never) => {
        done();
        if ((result as unknown) instanceof Promise) void this.answer(event as unknown as Caller<unknown>, result);
        else resolve(result);
      },
      reject: (reason: unknown) => {
        done();
        reject(reason);
      },
    };
  }

  refuseAll(reason: unknown): void {
    for (const refuse of this.#waiting) refuse(reason);
    this.#waiting.clear();
  }
}
