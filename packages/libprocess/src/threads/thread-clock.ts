import { SystemClock } from '../time/system-clock.ts';

/** The clock of a thread: the machine's. It knows whether what is attached to it is busy, so that the parent's test clock can know. */
export class ThreadClock extends SystemClock {
  readonly #attached = new Set<() => boolean>();

  get busy(): boolean {
    return [...this.#attached].some((busy) => busy());
  }

  override attach(busy?: () => boolean): () => void {
    if (busy === undefined) return () => undefined;
    this.#attached.add(busy);
    return () => {
      this.#attached.delete(busy);
    };
  }
}
