import { frameValuesMax, repeatType, tooManyValues } from './frame-scan.ts';

const repeatsNone = 'A value that repeats none';

type Properties = Record<string, unknown>;

// Where names were read is remembered in so many places, a power of two.
const namePlaces = 256;

/**
 * Reads the values of a frame that `frameProblem` has let through: what it says is known to be there. Reads what msgpackr would, and
 * what is said to be the same as in the map before, see `withoutRepeats`: that is the same object, so what is read is not to be changed.
 */
export class FrameValues {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #extension: (bytes: Uint8Array) => unknown;
  readonly #text: (start: number, end: number) => string;
  #position = 0;
  /** How many values were read. Those that repeat others count again: whoever walks over them meets them again. */
  #values = 0;
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

  /** The next value. Throws for a map with keys that are no names, and for what repeats nothing, or too much. */
  read(): unknown {
    this.#values++;
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

  #isRepeat(): boolean {
    const bytes = this.#bytes;
    const at = this.#position;
    return bytes[at] === 0xc7 && bytes[at + 1] === 0 && bytes[at + 2] === repeatType;
  }

  #extended(token: number): unknown {
    const start = this.#position - 1;
    // `c7` says its length, `d4` and those after it have a length of 1, 2, 4 and so on; then comes the type.
    const length = token === 0xc7 ? this.#length(1) : 1 << (token - 0xd4);
    // Of plain data only what repeats something is empty, and here there is nothing before it.
    if (length === 0) throw new Error(repeatsNone);
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

  #map(size: number): Properties {
    const map: Properties = {};
    for (let index = 0; index < size; index++) {
      const name = this.#name();
      map[name] = this.read();
    }
    return map;
  }

  #list(length: number): unknown[] {
    const list: unknown[] = [];
    list.length = length;
    let before: Neighbour | undefined;
    let spare: Neighbour | undefined;
    for (let index = 0; index < length; index++) {
      const size = length === 1 ? -1 : this.#mapSize();
      if (size < 0) {
        list[index] = this.read();
        continue;
      }
      const next = spare ?? new Neighbour();
      list[index] = this.#mapAfter(before, size, next);
      spare = before;
      before = next;
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

  /** A map of a list, which may repeat what is in the one before it. What it has is noted for the one after it. */
  #mapAfter(before: Neighbour | undefined, size: number, noted: Neighbour): Properties {
    const map: Properties = {};
    const { names, values, counts } = noted;
    this.#values++;
    for (let index = 0; index < size; index++) {
      const name = this.#name();
      const valuesBefore = this.#values;
      if (before !== undefined && this.#isRepeat()) {
        this.#position += 3;
        const at = before.placeOf(name, index);
        this.#values += before.counts[at] as number;
        if (this.#values > frameValuesMax) throw new Error(tooManyValues);
        values[index] = before.values[at];
      } else {
        values[index] = this.read();
      }
      map[name] = values[index];
      names[index] = name;
      counts[index] = this.#values - valuesBefore;
    }
    noted.size = size;
    return map;
  }

  /** Whether what is at `known`, so many bytes of it, comes again at `start`. */
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

/** A map that the next one in its list may repeat. */
class Neighbour {
  size = 0;
  /** By property. */
  readonly names: string[] = [];
  readonly values: unknown[] = [];
  /** How many values there are in it. */
  readonly counts: number[] = [];

  /** @param likely Where the property is if both have the same before it. */
  placeOf(name: string, likely: number): number {
    const { names, size } = this;
    if (likely < size && names[likely] === name) return likely;
    const place = names.indexOf(name);
    if (place < 0 || place >= size) throw new Error(repeatsNone);
    return place;
  }
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
