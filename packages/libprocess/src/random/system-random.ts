import { nanoid } from 'nanoid';
import { formatUuid } from './random.ts';
import type { Random } from './random.ts';

// What Web Crypto gives at once (https://w3c.github.io/webcrypto, `getRandomValues`).
const bytesMax = 65_536;

/** Randomness from the operating system, by way of Web Crypto, which Node.js and web pages have alike. */
export class SystemRandom implements Random {
  next(): number {
    return Math.random();
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let start = 0; start < length; start += bytesMax) {
      globalThis.crypto.getRandomValues(bytes.subarray(start, start + bytesMax));
    }
    return bytes;
  }

  uuid(): string {
    const { crypto } = globalThis;
    // Pages that came without encryption from another host do not have it, whatever the types say.
    return 'randomUUID' in crypto ? crypto.randomUUID() : formatUuid(this.bytes(16));
  }

  id(): string {
    return nanoid();
  }
}
