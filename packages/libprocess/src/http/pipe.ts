import { ProcessError } from '../errors.ts';
import { Mailbox } from '../actor/mailbox.ts';
import { deferred } from '../deferred.ts';
import type { Deferred } from '../deferred.ts';

/** Options of `BodyPipe`. */
export interface BodyPipeOptions {
  /** Bytes that may wait to be read; a write beyond fails the pipe. @default 4 MiB */
  readonly bytesMax?: number;
}

const defaultBytesMax = 4 * 1024 * 1024;

/**
 * A body that is written piece by piece, for streams of events: give it as `body` of a response and write to it. What is written is
 * read in the same pieces. A reader that falls behind is either waited for (`drained`) or given up at `bytesMax`.
 */
export class BodyPipe implements AsyncIterable<Uint8Array> {
  /** Resolves when nobody will read any more: the client has left, or the end was read. Never rejects. */
  readonly readerClosed: Promise<void>;
  #bytesMax: number;
  readonly #closed = deferred<void>();
  readonly #pieces = new Mailbox<Uint8Array>();
  #bytes = 0;
  #reader: Deferred<IteratorResult<Uint8Array, undefined>> | undefined;
  #drain: Deferred<void> | undefined;
  #state: 'open' | 'ended' | 'left' = 'open';
  #failure: Error | undefined;
  #taken = false;

  constructor(options: BodyPipeOptions = {}) {
    this.#bytesMax = options.bytesMax ?? defaultBytesMax;
    this.readerClosed = this.#closed.promise;
  }

  /** Lets so many bytes more wait, for something long that is written once: a picture of all that there is, before what changes. */
  allow(bytes: number): void {
    this.#bytesMax += bytes;
  }

  /** Bytes that were written and not read yet. */
  get bufferedBytes(): number {
    return this.#bytes;
  }

  /**
   * Writes a piece; false when it is lost because the pipe has ended or nobody reads it any more. Beyond `bytesMax` the pipe fails with
   * `HTTP_READER_SLOW`, and what is left of the response is broken off.
   */
  write(piece: string | Uint8Array): boolean {
    if (this.#state !== 'open') return false;
    const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
    if (bytes.length === 0) return true;
    if (this.#reader !== undefined) {
      this.#answer({ done: false, value: bytes });
      return true;
    }
    if (this.#bytes + bytes.length > this.#bytesMax) {
      this.#drop();
      this.fail(new ProcessError('HTTP_READER_SLOW', `The reader is more than ${this.#bytesMax} bytes behind`));
      return false;
    }
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    return true;
  }

  /** Resolves when all that was written has been read, or never will be. */
  drained(): Promise<void> {
    if (this.#bytes === 0 || this.#state === 'left') return Promise.resolve();
    return (this.#drain ??= deferred<void>()).promise;
  }

  /** Ends the body behind what was written; false when it had ended before. */
  end(): boolean {
    if (this.#state !== 'open') return false;
    this.#state = 'ended';
    if (this.#reader !== undefined) this.#finish();
    return true;
  }

  /** Breaks the body off behind what was written, so that its reader notices; false when it had ended before. */
  fail(reason: Error): boolean {
    if (this.#state !== 'open') return false;
    this.#state = 'ended';
    this.#failure = reason;
    if (this.#reader !== undefined) this.#finish();
    return true;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    if (this.#taken) throw new ProcessError('INVARIANT', 'A pipe is read once');
    this.#taken = true;
    return {
      next: () => this.#next(),
      return: () => {
        this.#leave();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#reader = deferred();
    const { promise } = this.#reader;
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#bytes -= piece.length;
      this.#answer({ done: false, value: piece });
      if (this.#bytes === 0) this.#tellDrained();
    } else if (this.#state !== 'open') {
      this.#finish();
    }
    return promise;
  }

  #answer(result: IteratorResult<Uint8Array, undefined>): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resolve(result);
  }

  #finish(): void {
    if (this.#failure !== undefined) {
      const reader = this.#reader;
      this.#reader = undefined;
      reader?.reject(this.#failure);
    } else {
      this.#answer({ done: true, value: undefined });
    }
    this.#closed.resolve();
  }

  #leave(): void {
    this.#state = 'left';
    this.#drop();
    this.#answer({ done: true, value: undefined });
    this.#tellDrained();
    this.#closed.resolve();
  }

  #drop(): void {
    this.#pieces.drain();
    this.#bytes = 0;
  }

  #tellDrained(): void {
    this.#drain?.resolve();
    this.#drain = undefined;
  }
}
