/** As much of protobuf's wire format as etcd's messages need. 64-bit integers are bigints. */

/** What of a message is written: by number; nothing that is undefined, as proto3 leaves out what has its default. */
export interface Fields {
  readonly [number: number]: bigint | number | boolean | string | Uint8Array | Fields | readonly Fields[] | undefined;
}

/** Writes a message. */
export function encodeFields(fields: Fields): Buffer {
  const parts: Buffer[] = [];
  const entries: [string, Fields[number]][] = Object.entries(fields);
  for (const [number, value] of entries) {
    for (const each of isList(value) ? value : [value]) if (each !== undefined) parts.push(field(Number(number), each));
  }
  return Buffer.concat(parts);
}

function isList(value: Fields[number]): value is readonly Fields[] {
  return Array.isArray(value);
}

function field(number: number, value: Exclude<Fields[number], undefined | readonly Fields[]>): Buffer {
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') {
    return Buffer.concat([varint(BigInt(number) << 3n), varint(BigInt.asUintN(64, BigInt(value)))]);
  }
  const bytes =
    typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : encodeFields(value);
  return Buffer.concat([varint((BigInt(number) << 3n) | 2n), varint(BigInt(bytes.length)), bytes]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  bytes.push(Number(left));
  return Buffer.from(bytes);
}

/** A message that was read: its fields, which may be missing, by number. */
export class Message {
  readonly #fields = new Map<number, (bigint | Buffer)[]>();

  /** Throws for what is no message. */
  constructor(bytes: Uint8Array) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let offset = 0;
    const next = (): bigint => {
      let value = 0n;
      for (let shift = 0n; shift < 70n; shift += 7n) {
        const byte = buffer[offset++];
        if (byte === undefined) break;
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
      throw new Error('A message is cut short');
    };
    const take = (length: number): Buffer => {
      const end = offset + length;
      if (end > buffer.length) throw new Error('A message is cut short');
      const taken = buffer.subarray(offset, end);
      offset = end;
      return taken;
    };
    while (offset < buffer.length) {
      const key = next();
      const number = Number(key >> 3n);
      const values = this.#fields.get(number) ?? [];
      this.#fields.set(number, values);
      switch (Number(key & 7n)) {
        case 0:
          values.push(next());
          break;
        case 1:
          take(8);
          break;
        case 2:
          values.push(take(Number(next())));
          break;
        case 5:
          take(4);
          break;
        default:
          throw new Error('A message has a field of no known kind');
      }
    }
  }

  /** A signed 64-bit integer. */
  int(number: number): bigint {
    const value = this.#fields.get(number)?.at(-1);
    return typeof value === 'bigint' ? BigInt.asIntN(64, value) : 0n;
  }

  bool(number: number): boolean {
    return this.int(number) !== 0n;
  }

  bytes(number: number): Buffer {
    const value = this.#fields.get(number)?.at(-1);
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  }

  text(number: number): string {
    return this.bytes(number).toString();
  }

  message(number: number): Message {
    return new Message(this.bytes(number));
  }

  messages(number: number): Message[] {
    return (this.#fields.get(number) ?? [])
      .filter((value) => Buffer.isBuffer(value))
      .map((value) => new Message(value));
  }
}
