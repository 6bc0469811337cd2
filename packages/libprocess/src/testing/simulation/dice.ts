import { SeededRandom } from '../../random/seeded-random.ts';

/** Seeded choices. Each part of a simulation has dice of its own, so that one more throw in one part changes nothing in the others. */
export class Dice extends SeededRandom {
  /** @param stream What the dice are for: the same seed and stream give the same throws. */
  constructor(seed: number, stream: string) {
    super(hash(`${seed}/${stream}`));
  }

  /** True with that probability; takes no throw when it is 0. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A whole number from 0 to `below` - 1. */
  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** A number from `least` up to, and without, `most`; in thousandths, so that times are whole microseconds. */
  between(least: number, most: number): number {
    return least === most ? least : Math.round((least + this.next() * (most - least)) * 1_000) / 1_000;
  }

  /** Turns over one bit, if there is any. */
  corrupt(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const index = this.integer(bytes.length);
    bytes[index] = (bytes[index] ?? 0) ^ (1 << this.integer(8));
  }

  /** One of them; undefined when there is none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.integer(items.length)];
  }

  /** The same in another order. */
  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    const result: T[] = [];
    while (left.length > 0) result.push(...left.splice(this.integer(left.length), 1));
    return result;
  }
}

// FNV-1a, 32 bits (draft-eastlake-fnv): neighbouring seeds must not give neighbouring states.
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}
