/** Those who want to hear of changes. */
export class Listeners {
  readonly #listeners = new Set<() => void>();

  /** Adds one; answers how to take it back. */
  add(listener: () => void): () => void {
    // One that is given twice is called twice.
    const entry = (): void => {
      listener();
    };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  /** Calls them all. Those that are added meanwhile wait for the next change. */
  call(): void {
    for (const listener of Array.from(this.#listeners)) if (this.#listeners.has(listener)) listener();
  }
}
