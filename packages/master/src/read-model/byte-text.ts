// oxlint-disable-next-line no-control-regex -- of ASCII are the texts whose bytes are their characters
const beyondAscii = /[^\u0000-\u007f]/;

/** Bytes that are pieced together of texts in which each character stands for one byte: short ones cost much less as texts. */
export class ByteText {
  /** In order. They are shared with whoever keeps them. */
  readonly pieces: string[] = [];
  /** In bytes. */
  length = 0;

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

/** A text in UTF-8, a character for each byte. */
export function bytesOfText(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text).toString('latin1') : text;
}

/** Bytes, a character for each. */
export function textOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
