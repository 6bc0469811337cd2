/** ZooKeeper's wire format: big-endian numbers, and texts, bytes and lists behind their lengths (`zookeeper.jute` of Apache ZooKeeper). */

/** What a frame holds is not what it should be. */
export class JuteError extends Error {
  constructor() {
    super('A frame is shorter than what it should hold');
    this.name = 'JuteError';
  }
}

/** Writes one frame. */
export class JuteWriter {
  readonly #parts: Buffer[] = [];

  int(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return this.#add(bytes);
  }

  long(value: bigint): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return this.#add(bytes);
  }

  bool(value: boolean): this {
    return this.#add(Buffer.of(value ? 1 : 0));
  }

  bytes(value: Uint8Array): this {
    return this.int(value.length).#add(Buffer.from(value));
  }

  text(value: string): this {
    return this.bytes(Buffer.from(value));
  }

  /** The frame, behind its length. */
  finish(): Buffer {
    const body = Buffer.concat(this.#parts);
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length);
    return Buffer.concat([length, body]);
  }

  #add(bytes: Buffer): this {
    this.#parts.push(bytes);
    return this;
  }
}

/** Reads one frame. Throws `JuteError` where it ends too early. */
export class JuteReader {
  readonly #frame: Buffer;
  #offset = 0;

  /** @param frame Without its length. */
  constructor(frame: Buffer) {
    this.#frame = frame;
  }

  int(): number {
    return this.#take(4).readInt32BE();
  }

  long(): bigint {
    return this.#take(8).readBigInt64BE();
  }

  /** A copy. A length below zero is nothing, which is the same as empty here. */
  bytes(): Buffer {
    const length = this.int();
    return Buffer.from(this.#take(Math.max(0, length)));
  }

  text(): string {
    return this.bytes().toString();
  }

  texts(): string[] {
    const texts: string[] = [];
    for (let left = this.int(); left > 0; left--) texts.push(this.text());
    return texts;
  }

  skip(length: number): this {
    this.#take(length);
    return this;
  }

  #take(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#frame.length) throw new JuteError();
    const taken = this.#frame.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }
}

/** Cuts what arrives into frames. */
export class JuteFrames {
  readonly #bytesMax: number;
  #pending: Buffer[] = [];
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The frames that are complete with this, without their lengths; undefined when one is longer than allowed. */
  push(bytes: Buffer): Buffer[] | undefined {
    this.#pending.push(bytes);
    this.#length += bytes.length;
    if (this.#length < 4) return [];
    let all = Buffer.concat(this.#pending);
    const frames: Buffer[] = [];
    while (all.length >= 4) {
      const size = all.readInt32BE();
      if (size < 0 || size > this.#bytesMax) return undefined;
      if (all.length < 4 + size) break;
      frames.push(all.subarray(4, 4 + size));
      all = all.subarray(4 + size);
    }
    this.#pending = [all];
    this.#length = all.length;
    return frames;
  }
}
