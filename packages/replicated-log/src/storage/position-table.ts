import { IntervalSet } from '../interval-set.ts';

const chunkPositions = 4_096;

interface Chunk {
  readonly checksums: Uint32Array;
  /** One byte for each position: whether there is a record. */
  readonly present: Uint8Array;
  count: number;
  bytes: number;
}

/** Which positions have a record, and its checksum: five bytes for each. */
export class PositionTable {
  readonly #chunks = new Map<number, Chunk>();
  #first: number | undefined;
  #last = -1;

  /** The first position that may have a record: there is none before. Undefined without any. */
  get first(): number | undefined {
    return this.#chunks.size === 0 ? undefined : this.#first;
  }

  has(position: number): boolean {
    return this.#chunks.get(Math.floor(position / chunkPositions))?.present[position % chunkPositions] === 1;
  }

  /** The checksum of the record of a position, if it has one. */
  get(position: number): number | undefined {
    const chunk = this.#chunks.get(Math.floor(position / chunkPositions));
    const index = position % chunkPositions;
    return chunk?.present[index] === 1 ? chunk.checksums[index] : undefined;
  }

  /** The positions from `from` on that have a record. */
  positions(from: number): IntervalSet {
    const found = new IntervalSet();
    for (const number of [...this.#chunks.keys()].toSorted((one, two) => one - two)) {
      const present = this.#chunks.get(number)?.present ?? [];
      for (const [index, is] of present.entries()) {
        const position = number * chunkPositions + index;
        if (is === 1 && position >= from) found.add(position);
      }
    }
    return found;
  }

  /** The position has a record of so many bytes. */
  set(position: number, checksum: number, bytes: number): void {
    const number = Math.floor(position / chunkPositions);
    let chunk = this.#chunks.get(number);
    if (chunk === undefined) {
      chunk = {
        checksums: new Uint32Array(chunkPositions),
        present: new Uint8Array(chunkPositions),
        count: 0,
        bytes: 0,
      };
      this.#chunks.set(number, chunk);
    }
    const index = position % chunkPositions;
    if (chunk.present[index] === 0) chunk.count++;
    chunk.present[index] = 1;
    chunk.checksums[index] = checksum;
    chunk.bytes += bytes;
    this.#first = Math.min(this.#first ?? position, position);
    this.#last = Math.max(this.#last, position);
  }

  /**
   * Takes away up to `most` records before a position, calls back with each, and answers about how many bytes they had, with what was overwritten.
   */
  removeBefore(limit: number, most: number, removed: (position: number, checksum: number) => void): number {
    let [left, bytes] = [most, 0];
    let position = this.first ?? limit;
    while (position < limit && position <= this.#last && left > 0) {
      const number = Math.floor(position / chunkPositions);
      const chunk = this.#chunks.get(number);
      if (chunk === undefined) {
        position = (number + 1) * chunkPositions;
        continue;
      }
      const index = position % chunkPositions;
      if (chunk.present[index] === 1) {
        const share = chunk.bytes / chunk.count;
        bytes += share;
        chunk.bytes -= share;
        chunk.present[index] = 0;
        chunk.count--;
        left--;
        removed(position, chunk.checksums[index] ?? 0);
        if (chunk.count === 0) this.#chunks.delete(number);
      }
      position++;
    }
    this.#first = position;
    return bytes;
  }
}
