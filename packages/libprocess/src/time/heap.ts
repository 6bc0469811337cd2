/** What a heap holds. */
export interface HeapEntry<T> {
  /** Its place in the heap, which keeps it here. */
  at: number;
  /** Whether it leaves before the other one. A total order. */
  isBefore(other: T): boolean;
}

/** A binary heap whose entries know their places, so that any of them can be taken out. */
export class Heap<T extends HeapEntry<T>> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The one that leaves first. */
  get first(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    this.#entries.push(entry);
    this.#raise(entry, this.#entries.length - 1);
  }

  /** Takes out the one that leaves first. */
  shift(): T | undefined {
    const [first] = this.#entries;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes one out; false when it is not in here. */
  remove(entry: T): boolean {
    if (this.#entries[entry.at] !== entry) return false;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return true;
    const above = this.#entries[(entry.at - 1) >> 1];
    if (above !== undefined && last.isBefore(above)) this.#raise(last, entry.at);
    else this.#lower(last, entry.at);
    return true;
  }

  #raise(entry: T, from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#entries[above];
      if (parent === undefined || !entry.isBefore(parent)) break;
      this.#place(parent, at);
      at = above;
    }
    this.#place(entry, at);
  }

  #lower(entry: T, from: number): void {
    let at = from;
    for (;;) {
      const left = this.#entries[2 * at + 1];
      const right = this.#entries[2 * at + 2];
      const child = right !== undefined && left !== undefined && right.isBefore(left) ? right : left;
      if (child === undefined || !child.isBefore(entry)) break;
      const below = child.at;
      this.#place(child, at);
      at = below;
    }
    this.#place(entry, at);
  }

  #place(entry: T, at: number): void {
    this.#entries[at] = entry;
    entry.at = at;
  }
}
