import { customRandom, urlAlphabet } from 'nanoid';
import { formatUuid } from './random.ts';
import type { Random } from './random.ts';

/** Randomness that is the same for the same seed, for tests and simulations. Not for secrets. */
export class SeededRandom implements Random {
  #state: number;
  readonly #nanoid: () => string;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    this.#nanoid = customRandom(urlAlphabet, 21, (size) => this.bytes(size));
  }

  // Mulberry32: 32 bits of state, every one of its 2^32 values visited once.
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let word = this.#state;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 4_294_967_296;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.next() * 256));
  }

  uuid(): string {
    return formatUuid(this.bytes(16));
  }

  id(): string {
    return this.#nanoid();
  }
}
