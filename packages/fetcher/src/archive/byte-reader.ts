/** Reads a stream of bytes in pieces of the sizes that its reader asks for. */
import { corrupt } from './archive-error.ts';

export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes, which shall be few; undefined when the stream has ended before the first of them. */
  async exactly(length: number): Promise<Buffer | undefined> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#upTo(length)) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    if (bytes.length === length) return bytes;
    if (bytes.length === 0) return undefined;
    throw cutShort();
  }

  /** So many bytes, as they arrive; fails when the stream has fewer. */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    let missing = length;
    for await (const piece of this.#upTo(length)) {
      missing -= piece.length;
      yield piece;
    }
    if (missing > 0) throw cutShort();
  }

  /** Reads what is left, to hear of errors in it, but not more than so many bytes. */
  async drain(lengthMax: number): Promise<void> {
    const pieces = this.#upTo(lengthMax);
    while ((await pieces.next()).done !== true);
  }

  /** Lets go of the stream; nothing can be read afterwards. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async *#upTo(length: number): AsyncGenerator<Uint8Array> {
    let missing = length;
    while (missing > 0) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done === true) return;
        this.#rest = next.value;
      }
      const piece = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(piece.length);
      missing -= piece.length;
      yield piece;
    }
  }
}

function cutShort(): Error {
  return corrupt('it is cut short');
}
