// oxlint-disable-next-line no-control-regex -- of ASCII are the texts whose bytes are their characters
const beyondAscii = /[^\u0000-\u007f]/;

/** Bytes that are pieced together of texts in which each character stands for one byte: short ones cost much less as texts. */
export class ByteText {
  /** In order. They are shared with whoever keeps them. */
  readonly pieces: string[] = [];
  /** In bytes. */
  length = 0;
  #shared: SharedChunks | undefined;

  add(piece: string): void {
    this.pieces.push(piece);
    this.length += piece.length;
  }

  /** Adds a text of any characters. */
  addText(text: string): void {
    this.add(bytesOfText(text));
  }

  equals(other: ByteText): boolean {
    if (this.length !== other.length || this.pieces.length !== other.pieces.length) return false;
    for (let index = 0; index < this.pieces.length; index++) {
      if (this.pieces[index] !== other.pieces[index]) return false;
    }
    return true;
  }

  /** The bytes, so many at a time; made once for all who read them, until they are dropped. */
  sharedChunks(chunkBytes: number): Iterable<Buffer> {
    return (this.#shared ??= new SharedChunks(this.chunks(chunkBytes)));
  }

  /** Forgets the chunks. Who reads them reads on. */
  dropChunks(): void {
    this.#shared = undefined;
  }

  /** The bytes, so many at a time. */
  *chunks(chunkBytes: number): Generator<Buffer, void> {
    let left = this.length;
    let chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, left));
    let used = 0;
    for (const piece of this.pieces) {
      let begin = 0;
      while (begin < piece.length) {
        const fits = Math.min(piece.length - begin, chunk.length - used);
        used += chunk.write(fits === piece.length ? piece : piece.slice(begin, begin + fits), used, 'latin1');
        begin += fits;
        if (used < chunk.length) continue;
        yield chunk;
        left -= used;
        chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, left));
        used = 0;
      }
    }
  }
}

/** Chunks that several read, each at a pace of its own. */
class SharedChunks implements Iterable<Buffer> {
  readonly #source: Iterator<Buffer, void>;
  readonly #made: Buffer[] = [];

  constructor(source: Iterator<Buffer, void>) {
    this.#source = source;
  }

  *[Symbol.iterator](): Generator<Buffer, void> {
    for (let index = 0; ; index++) {
      if (index === this.#made.length) {
        const next = this.#source.next();
        if (next.done === true) return;
        this.#made.push(next.value);
      }
      const chunk = this.#made[index];
      if (chunk !== undefined) yield chunk;
    }
  }
}

/** A text in UTF-8, a character for each byte. */
export function bytesOfText(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text).toString('latin1') : text;
}

/** Bytes, a character for each. */
export function textOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
