import { SeededRandom } from '@mesos-ts/libprocess';
import { encode, fromJson, type MessageName } from '@mesos-ts/protocol';

const oddValues: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e308,
  9_007_199_254_740_992,
  '',
  '\u0000',
  'x'.repeat(300),
  '../../etc/passwd',
  '\ud800',
  '*',
  'NaN',
  'Infinity',
  [],
  [null],
  [[]],
  {},
  { value: null },
  { constructor: { prototype: {} } },
];

/** Damages calls in ways that repeat for a seed: as JSON values, as texts and as bytes. */
export class Mutator {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** A whole number from 0 up to, and not with, the limit. */
  below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  /** One of these. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined && items.length === 0) throw new RangeError('Nothing to pick from');
    return item as T;
  }

  /** A copy of a value of JSON in which some members have gone, were doubled, moved or replaced by odd ones. */
  json(value: unknown): unknown {
    if (this.below(12) === 0) return this.pick(oddValues);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.json(item));
      if (this.below(4) === 0) items.push(this.json(this.pick([...value, null])));
      return items;
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const kept = entries.filter(() => this.below(15) > 0).map(([name, item]) => [name, this.json(item)]);
    if (this.below(10) === 0) kept.push([this.pick(['__proto__', 'type', 'value', 'id', '']), this.pick(oddValues)]);
    return Object.fromEntries(kept);
  }

  /** A copy of bytes, some of them changed, gone, doubled, or cut off. */
  bytes(whole: Uint8Array): Buffer {
    let bytes = Buffer.from(whole);
    for (let count = 1 + this.below(4); count > 0; count--) {
      const at = this.below(bytes.length + 1);
      const to = Math.min(bytes.length, at + this.below(8));
      const change = this.below(4);
      if (change === 0) bytes = bytes.subarray(0, at);
      else if (change === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
      else if (change === 2) bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
      else if (at < bytes.length) {
        bytes = Buffer.from(bytes);
        bytes[at] = this.below(256);
      }
    }
    return bytes;
  }

  /** A right call, damaged in its values, in its bytes, or in both: as protobuf or JSON. */
  call(name: MessageName, call: object): { readonly type: string; readonly body: Buffer } {
    if (this.below(2) === 0) {
      return { type: 'application/x-protobuf', body: this.bytes(encode(name, fromJson(name, call))) };
    }
    const text = Buffer.from(JSON.stringify(this.json(call)));
    return { type: 'application/json', body: this.below(4) === 0 ? this.bytes(text) : text };
  }

  /** A right method and URL; each third time the URL is damaged, and each tenth the method is another. */
  target({ method, url }: { readonly method: string; readonly url: string }): { method: string; url: string } {
    return {
      method: this.below(10) === 0 ? this.pick(['GET', 'POST', 'PATCH', 'HEAD']) : method,
      url: this.below(3) === 0 ? `/${this.bytes(Buffer.from(url.slice(1))).toString('latin1')}` : url,
    };
  }
}
