/** A map that forgets its oldest entry when it is full. */
export class BoundedMap<K, V, M extends Map<K, V> = Map<K, V>> implements Iterable<[K, V]> {
  /** Where it keeps them; to be changed by this only. */
  readonly entries: M;
  readonly #max: number;

  /**
   * @param max How many entries it keeps; with 0 it keeps none.
   * @param entries Where it keeps them.
   */
  constructor(max: number, entries: M = new Map<K, V>() as M) {
    this.#max = max;
    this.entries = entries;
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: K): V | undefined {
    return this.entries.get(key);
  }

  has(key: K): boolean {
    return this.entries.has(key);
  }

  /** Adds an entry as the newest one. Answers the value that is forgotten for it, if one is: that of the key before, or the oldest. */
  set(key: K, value: V): V | undefined {
    const before = this.entries.get(key);
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.#max) return before;
    for (const [oldest, forgotten] of this.entries) {
      this.entries.delete(oldest);
      return forgotten;
    }
    return undefined;
  }

  delete(key: K): boolean {
    return this.entries.delete(key);
  }

  keys(): IterableIterator<K> {
    return this.entries.keys();
  }

  values(): IterableIterator<V> {
    return this.entries.values();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries.entries();
  }
}
