// Random messages of any type, made after the schema table from a seed.
import { check, isMessageName, type MessageName, type MessageOf } from '../../src/index.ts';
import { enums, messages } from '../../src/generated/schema.ts';
import type { FieldEntry } from '../../src/schema/table.ts';

/** A generator of numbers in [0, 1) that a seed determines (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const texts = ['', 'a', 'web', 'größe', '漢字', '__proto__', 'x'.repeat(200)];
const depthMax = 5;

class Maker {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = numbersFrom(seed);
  }

  private below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  private scalar(type: string): unknown {
    const magnitude = 2 ** this.below(type.endsWith('64') ? 53 : 31);
    const size = 1 + this.below(magnitude - 1);
    switch (type) {
      case 'bool':
        return this.below(2) === 1;
      case 'bytes':
        return Uint8Array.from({ length: this.below(20) }, () => this.below(256));
      case 'double':
        return this.below(5) === 0 ? -size : size / 1000;
      case 'float':
        return Math.fround(size / 1000);
      case 'string':
        return texts[this.below(texts.length)];
      default:
        return type.startsWith('u') || type.startsWith('fixed') || this.below(2) === 0 ? size : -size;
    }
  }

  private value(type: string, depth: number): unknown {
    if (Object.hasOwn(messages, type)) return this.message(type, depth + 1);
    const values = enums[type];
    if (values === undefined) return this.scalar(type);
    const names = Object.keys(values);
    return names[this.below(names.length)];
  }

  private field(entry: FieldEntry, depth: number): unknown {
    const [, , label, type] = entry;
    const list = (): unknown[] => Array.from({ length: 1 + this.below(2) }, () => this.value(type, depth));
    if (label === 'repeated') return list();
    if (label !== 'map') return this.value(type, depth);
    return Object.fromEntries(list().map((item) => [`key${this.below(100)}`, item]));
  }

  message(name: string, depth = 0): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const taken = new Set<string>();
    for (const entry of messages[name] ?? []) {
      const group = entry[4]?.oneof;
      if (group !== undefined && taken.has(group)) continue;
      const isWanted = entry[2] === 'required' || (depth < depthMax && this.below(3) === 0);
      if (!isWanted) continue;
      result[entry[0]] = this.field(entry, depth);
      if (group !== undefined) taken.add(group);
    }
    return result;
  }
}

/** A valid message; the same seed makes the same one. */
export function randomMessage(name: string, seed: number): Record<string, unknown> {
  return new Maker(seed).message(name);
}

/** A valid message of a type; the same seed makes the same one. */
export function randomMessageOf<N extends MessageName>(name: N, seed: number): MessageOf<N> {
  return check(name, randomMessage(name, seed));
}

/** The names of all messages. */
export const messageNames = Object.keys(messages).filter((name) => isMessageName(name));
