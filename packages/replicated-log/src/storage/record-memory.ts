// A record of fewer bytes shares memory with others anyway, and one of more is rare.
const recordBytesMin = 4 * 1_024;
const recordBytesMax = 128 * 1_024;
const pieceBytes = 512 * 1_024;
// As much as is written at once.
const sparesMax = 8;

/** A piece of memory, and how many of the records in it are still needed. */
interface Piece {
  readonly memory: Buffer;
  records: number;
}

/**
 * Memory for records on their way to the disk, which serves those after them when they are there. V8 counts memory that is given out anew,
 * of entries of 16 KB 100 MB a second, and collects the whole heap each time that is more than the heap itself: a quarter of what a replica did.
 */
export class RecordMemory {
  readonly #pieces = new Map<ArrayBufferLike, Piece>();
  readonly #spares: Piece[] = [];
  #piece: Piece | undefined;
  #used = 0;

  /** Memory that is its taker's until it is given back. What is in it is anything. */
  take(bytes: number): Buffer {
    if (bytes < recordBytesMin || bytes > recordBytesMax) return Buffer.allocUnsafe(bytes);
    let piece = this.#piece;
    if (piece === undefined || this.#used + bytes > pieceBytes) {
      piece = this.#spares.pop() ?? { memory: Buffer.allocUnsafeSlow(pieceBytes), records: 0 };
      this.#pieces.set(piece.memory.buffer, piece);
      this.#piece = piece;
      this.#used = 0;
    }
    piece.records++;
    return piece.memory.subarray(this.#used, (this.#used += bytes));
  }

  /** To be called once for a record, when nobody reads it any more. */
  giveBack({ buffer }: Buffer): void {
    const piece = this.#pieces.get(buffer);
    if (piece === undefined) return;
    piece.records--;
    if (piece.records > 0) return;
    if (piece === this.#piece) this.#used = 0;
    else this.#spare(piece);
  }

  #spare(piece: Piece): void {
    this.#pieces.delete(piece.memory.buffer);
    if (this.#spares.length < sparesMax) this.#spares.push(piece);
  }
}
