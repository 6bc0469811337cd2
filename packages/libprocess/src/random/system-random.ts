import { randomBytes, randomUUID } from 'node:crypto';
import { nanoid } from 'nanoid';
import type { Random } from './random.ts';

/** Randomness from the operating system. */
export class SystemRandom implements Random {
  next(): number {
    return Math.random();
  }

  bytes(length: number): Uint8Array {
    return randomBytes(length);
  }

  uuid(): string {
    return randomUUID();
  }

  id(): string {
    return nanoid();
  }
}
