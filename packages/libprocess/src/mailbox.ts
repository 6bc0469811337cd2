// Below this many consumed slots it is cheaper to keep them than to move the rest.
const compactMin = 1_024;

/** A first-in first-out queue whose two ends cost constant time; `unshift` serves the rare event that jumps the queue. */
export class Mailbox<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  unshift(item: T): void {
    if (this.#head > 0) this.#items[--this.#head] = item;
    else this.#items.unshift(item);
  }

  shift(): T | undefined {
    const items = this.#items;
    if (this.#head === items.length) return undefined;
    const item = items[this.#head];
    items[this.#head++] = undefined;
    if (this.#head === items.length) {
      // A long array is given back to the collector rather than kept for the next burst.
      if (items.length > compactMin) this.#items = [];
      else items.length = 0;
      this.#head = 0;
    } else if (this.#head > compactMin && this.#head * 2 > items.length) {
      items.copyWithin(0, this.#head);
      items.length -= this.#head;
      this.#head = 0;
    }
    return item;
  }

  /** Everything in the queue, oldest first, which is left empty. */
  drain(): T[] {
    const rest = this.#items.slice(this.#head) as T[];
    this.#items = [];
    this.#head = 0;
    return rest;
  }
}
