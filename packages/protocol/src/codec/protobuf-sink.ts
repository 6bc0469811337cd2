/** A text of no more characters is looked at before it is written: most are of ASCII, and a call of the system's costs more than that. */
const shortText = 64;
const firstBytes = 256;
const twoTo32 = 2 ** 32;

/** Collects the binary form of a message, in one pass and one piece of memory that grows. */
export class ProtobufSink {
  #bytes: Buffer = Buffer.allocUnsafe(firstBytes);
  #length = 0;

  /** All that was written, in memory of its own: it may be kept for long. */
  finish(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    whole.set(this.#bytes.subarray(0, this.#length));
    return whole;
  }

  /** A number from 0 up to 2^32. */
  varint(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** An integer of 64 bits or fewer; one below 0 takes ten bytes, as the rules say. */
  varint64(value: number): void {
    if (value >= 0 && value < twoTo32 && Number.isInteger(value)) {
      this.varint(value);
      return;
    }
    this.#reserve(10);
    // Throws for what is no integer.
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  /** An integer of 32 bits as four bytes. */
  fixed32(value: number): void {
    this.#reserve(4);
    this.#length =
      value < 0 ? this.#bytes.writeInt32LE(value, this.#length) : this.#bytes.writeUInt32LE(value, this.#length);
  }

  /** An integer of 64 bits as eight bytes. */
  fixed64(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), this.#length);
  }

  float(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeFloatLE(value, this.#length);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  text(value: string): void {
    if (value.length <= shortText && this.#ascii(value)) return;
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.#reserve(size);
    this.#length += this.#bytes.write(value, this.#length);
  }

  /** Begins something with its length in front; answers what `end` is to be told. */
  begin(): number {
    this.#reserve(1);
    return ++this.#length;
  }

  /** Ends what was begun there. */
  end(begin: number): void {
    const size = this.#length - begin;
    if (size < 0x80) {
      this.#bytes[begin - 1] = size;
      return;
    }
    // The length takes more than the one byte that was left for it.
    const more = size < 0x4000 ? 1 : size < 0x20_0000 ? 2 : size < 0x1000_0000 ? 3 : 4;
    this.#reserve(more);
    this.#bytes.copyWithin(begin + more, begin, this.#length);
    this.#length = begin - 1;
    this.varint(size);
    this.#length += size;
  }

  /** Writes a short text of ASCII; false, with nothing written, if it is not. */
  #ascii(value: string): boolean {
    const { length } = value;
    this.#reserve(length + 1);
    const bytes = this.#bytes;
    const at = this.#length;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[at + 1 + index] = code;
    }
    bytes[at] = length;
    this.#length = at + 1 + length;
    return true;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
