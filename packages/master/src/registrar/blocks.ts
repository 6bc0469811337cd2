// Of so many items the bytes are kept together: few enough to be put together anew when one of them changes.
const blockLength = 256;

interface Block<T> {
  readonly items: readonly T[];
  readonly bytes: Uint8Array;
}

/**
 * Writes a list again and again, of which little changes between. What is written of an item is kept for as long as the item is, and what
 * is written of many of them for as long as they stand where they stood: what comes at the end costs a copy of what is there.
 */
export class BlockWriter<T extends object> {
  readonly #write: (item: T) => Uint8Array;
  readonly #written = new WeakMap<T, Uint8Array>();
  #blocks: Block<T>[] = [];

  /** @param write What is written of an item, which never changes. */
  constructor(write: (item: T) => Uint8Array) {
    this.#write = write;
  }

  /** What is written of items, one after the other, in pieces. */
  write(items: Iterable<T>): Uint8Array[] {
    const blocks: Block<T>[] = [];
    let some: T[] = [];
    const add = (): void => {
      blocks.push(this.#block(this.#blocks[blocks.length], some));
      some = [];
    };
    for (const item of items) {
      some.push(item);
      if (some.length === blockLength) add();
    }
    if (some.length > 0) add();
    this.#blocks = blocks;
    return blocks.map(({ bytes }) => bytes);
  }

  #block(before: Block<T> | undefined, items: readonly T[]): Block<T> {
    const isSame = before?.items.length === items.length && items.every((item, index) => item === before.items[index]);
    return isSame ? before : { items, bytes: concat(items.map((item) => this.#bytesOf(item))) };
  }

  #bytesOf(item: T): Uint8Array {
    let bytes = this.#written.get(item);
    if (bytes === undefined) this.#written.set(item, (bytes = this.#write(item)));
    return bytes;
  }
}

/** All of it, one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
