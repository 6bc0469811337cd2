const chunkLength = 1_024;

class Chunk<T> {
  readonly items: (T | undefined)[] = [];
  head = 0;
  next: Chunk<T> | undefined;
}

/**
 * A first-in first-out queue whose two ends cost constant time; `unshift` serves the rare event that jumps the queue. It is a list of
 * short arrays: a long array would be copied each time it grows, and the collector would go over all of it each time.
 */
export class Mailbox<T> {
  #first = new Chunk<T>();
  #last = this.#first;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What is next. */
  get first(): T | undefined {
    return this.#length === 0 ? undefined : this.#first.items[this.#first.head];
  }

  push(item: T): void {
    let chunk = this.#last;
    if (chunk.items.length >= chunkLength) {
      chunk.next = new Chunk<T>();
      chunk = chunk.next;
      this.#last = chunk;
    }
    chunk.items.push(item);
    this.#length++;
  }

  unshift(item: T): void {
    const chunk = this.#first;
    if (chunk.head > 0) chunk.items[--chunk.head] = item;
    else chunk.items.unshift(item);
    this.#length++;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const chunk = this.#first;
    const item = chunk.items[chunk.head];
    chunk.items[chunk.head++] = undefined;
    this.#length--;
    if (chunk.head === chunk.items.length) {
      if (chunk.next !== undefined) {
        this.#first = chunk.next;
      } else {
        chunk.items.length = 0;
        chunk.head = 0;
      }
    }
    return item;
  }

  /** The oldest so many of the queue, oldest first, which stays as it is. */
  peek(max: number): T[] {
    const found: T[] = [];
    for (let chunk: Chunk<T> | undefined = this.#first; chunk !== undefined; chunk = chunk.next) {
      for (let index = chunk.head; index < chunk.items.length; index++) {
        if (found.length >= max) return found;
        const item = chunk.items[index];
        if (item !== undefined) found.push(item);
      }
    }
    return found;
  }

  /** Takes out what is not to be kept; the rest stays in order. */
  retain(isKept: (item: T) => boolean): void {
    for (const item of this.drain()) if (isKept(item)) this.push(item);
  }

  /** Everything in the queue, oldest first, which is left empty. */
  drain(): T[] {
    const rest: T[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) rest.push(item);
    return rest;
  }
}
