// Where names were read is remembered in so many places, a power of two.
const namePlaces = 256;

/**
 * Reads the values of a frame that `frameProblem` has let through: what it says is known to be there. Reads what msgpackr would, but
 * where maps follow one another in a list, what is byte for byte the same in one as in the one before is the same object: tasks of an
 * agent, offers and statuses are alike but for an id. So what is read is not to be changed.
 *
 * Each byte is compared with those before it once for each list around it, and only as far as two neighbours are the same: of all lists
 * around it, few can have neighbours that long.
 */
export class FrameValues {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #extension: (bytes: Uint8Array) => unknown;
  readonly #text: (start: number, end: number) => string;
  #position = 0;
  /** Names that were read, and where: most names are those of the map before. */
  readonly #names: string[] = [];
  readonly #nameStarts = new Uint32Array(namePlaces);

  /** @param extension Reads a value of an extension type, which is rare. */
  constructor(bytes: Uint8Array, extension: (bytes: Uint8Array) => unknown) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#extension = extension;
    this.#text = textReader(bytes);
  }

  /** The next value. Throws for a map with keys that are no names. */
  read(): unknown {
    const token = this.#bytes[this.#position++] as number;
    if (token < 0x80) return token;
    if (token < 0x90) return this.#map(token - 0x80);
    if (token < 0xa0) return this.#list(token - 0x90);
    if (token < 0xc0) return this.#string(token - 0xa0);
    if (token >= 0xe0) return token - 0x100;
    return this.#long(token);
  }

  /** A value whose token does not say all of its length. */
  #long(token: number): unknown {
    const view = this.#view;
    const start = this.#position;
    switch (token) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6: {
        const end = this.#length(1 << (token - 0xc4)) + this.#position;
        return this.#bytes.subarray(this.#position, (this.#position = end));
      }
      case 0xca:
        this.#position += 4;
        return view.getFloat32(start);
      case 0xcb:
        this.#position += 8;
        return view.getFloat64(start);
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#length(1 << (token - 0xcc));
      case 0xcf:
        this.#position += 8;
        return view.getUint32(start) * 2 ** 32 + view.getUint32(start + 4);
      case 0xd0:
        this.#position += 1;
        return view.getInt8(start);
      case 0xd1:
        this.#position += 2;
        return view.getInt16(start);
      case 0xd2:
        this.#position += 4;
        return view.getInt32(start);
      case 0xd3:
        this.#position += 8;
        return view.getInt32(start) * 2 ** 32 + view.getUint32(start + 4);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#length(1 << (token - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#list(this.#length(2 << (token - 0xdc)));
      case 0xde:
      case 0xdf:
        return this.#map(this.#length(2 << (token - 0xde)));
      default:
        return this.#extended(token);
    }
  }

  /** A number without a sign, of 1, 2 or 4 bytes. */
  #length(width: number): number {
    const start = this.#position;
    this.#position += width;
    if (width === 1) return this.#bytes[start] as number;
    return width === 2 ? this.#view.getUint16(start) : this.#view.getUint32(start);
  }

  #extended(token: number): unknown {
    const start = this.#position - 1;
    // `c7` says its length, `d4` and those after it have a length of 1, 2, 4 and so on; then comes the type.
    const length = token === 0xc7 ? this.#length(1) : 1 << (token - 0xd4);
    this.#position += 1 + length;
    return this.#extension(this.#bytes.subarray(start, this.#position));
  }

  #string(length: number): string {
    const start = this.#position;
    return this.#text(start, (this.#position = start + length));
  }

  /** The name of a property. As msgpackr has it, none is called `__proto__`. */
  #name(): string {
    const bytes = this.#bytes;
    const start = this.#position;
    const token = bytes[start] as number;
    if (token < 0xa0 || token >= 0xc0) return nameOf(this.read());
    const length = token - 0xa0;
    const end = start + 1 + length;
    const place = ((bytes[start + 1] as number) + (bytes[end - 1] as number) * 5 + length * 19) & (namePlaces - 1);
    const known = this.#nameStarts[place] as number;
    this.#position = end;
    if (known !== 0 && this.#isSame(known, start, length + 1)) return this.#names[place] as string;
    const name = nameOf(this.#text(start + 1, end));
    this.#nameStarts[place] = start;
    this.#names[place] = name;
    return name;
  }

  #map(size: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (let index = 0; index < size; index++) {
      const name = this.#name();
      map[name] = this.read();
    }
    return map;
  }

  #list(length: number): unknown[] {
    const list: unknown[] = [];
    list.length = length;
    let before: Properties | undefined;
    let spare: Properties | undefined;
    for (let index = 0; index < length; index++) {
      const size = length === 1 ? -1 : this.#mapSize();
      if (size < 0) {
        list[index] = this.read();
        continue;
      }
      const properties = spare ?? new Properties();
      list[index] = this.#mapLike(size, before, properties);
      spare = before;
      before = properties;
    }
    return list;
  }

  /** How many properties the map has that comes next; less than none for what is no map. Then it stays where it is. */
  #mapSize(): number {
    const token = this.#bytes[this.#position] as number;
    if (token >= 0x80 && token < 0x90) {
      this.#position++;
      return token - 0x80;
    }
    if (token !== 0xde && token !== 0xdf) return -1;
    this.#position++;
    return this.#length(2 << (token - 0xde));
  }

  /** A map that shares with the one before it in a list. What it has is noted for the one after it. */
  #mapLike(size: number, before: Properties | undefined, properties: Properties): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    properties.count = size;
    let at = 0;
    for (let index = 0; index < size; index++) {
      const name = this.#name();
      const start = this.#position;
      let value: unknown;
      // Something may be set in one of the two only: then one of them is a step ahead.
      if (before !== undefined && at + 1 < before.count && before.names[at] !== name && before.names[at + 1] === name)
        at++;
      if (before !== undefined && at < before.count && before.names[at] === name) {
        const from = before.starts[at] as number;
        const length = (before.ends[at] as number) - from;
        if (this.#isSame(from, start, length)) {
          value = before.values[at];
          this.#position = start + length;
        } else {
          value = this.read();
        }
        at++;
      } else {
        value = this.read();
      }
      map[name] = value;
      properties.names[index] = name;
      properties.starts[index] = start;
      properties.ends[index] = this.#position;
      properties.values[index] = value;
    }
    return map;
  }

  /** Whether what was read from `known` on, so many bytes of it, comes again at `start`. No value is the beginning of another. */
  #isSame(known: number, start: number, length: number): boolean {
    const bytes = this.#bytes;
    if (start + length > bytes.length) return false;
    const view = this.#view;
    const whole = length & ~3;
    let index = 0;
    for (; index < whole; index += 4) {
      if (view.getInt32(known + index, true) !== view.getInt32(start + index, true)) return false;
    }
    for (; index < length; index++) if (bytes[known + index] !== bytes[start + index]) return false;
    return true;
  }
}

/** The properties of a map, in the order in which they came, and where their values are. */
class Properties {
  count = 0;
  readonly names: string[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly values: unknown[] = [];
}

function nameOf(key: unknown): string {
  if (typeof key === 'object' && key !== null) throw new Error('Invalid property type: a key that is no name');
  return key === '__proto__' ? '__proto_' : String(key);
}

/** A function that reads the text at a place. */
function textReader(bytes: Uint8Array): (start: number, end: number) => string {
  // In a page there is none.
  if (typeof Buffer !== 'undefined') {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return (start, end) => buffer.toString('utf8', start, end);
  }
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return (start, end) => decoder.decode(bytes.subarray(start, end));
}
