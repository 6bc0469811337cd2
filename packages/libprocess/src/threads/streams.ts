import { ProcessError } from '../errors.ts';
import { packError } from './clone.ts';
import type { StreamOp } from './protocol.ts';

/** Parts of a streamed body. */
type Chunk = string | Uint8Array;

interface Offered {
  readonly source: AsyncIterable<Chunk>;
  iterator: AsyncIterator<Chunk> | undefined;
  /** How many chunks the other end has asked for and not got. */
  asked: number;
  reading: boolean;
}

/** Puts an operation on its way; the buffers in it are moved. */
type Send = (op: StreamOp, moved: readonly ArrayBuffer[]) => void;

// Chunks that are under way to a reader at most.
const window = 8;

/** The streamed bodies between two threads, in both directions. They are read as fast as the other end reads them. */
export class Streams {
  readonly #send: Send;
  readonly #offered = new Map<number, Offered>();
  readonly #taken = new Map<number, Reader>();
  #number = 0;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Lets the other end read a body, by the number that is answered. Nothing is read before it does. */
  offer(source: AsyncIterable<Chunk>): number {
    const stream = ++this.#number;
    this.#offered.set(stream, { source, iterator: undefined, asked: 0, reading: false });
    return stream;
  }

  /** Takes an offer back; whoever is reading gets an error. */
  withdraw(stream: number): void {
    const read = this.#offered.get(stream)?.iterator !== undefined;
    this.stop(stream);
    if (read) this.#sendBroken(stream);
  }

  /** What the other end offers. To be read once. */
  take(stream: number): AsyncIterable<Uint8Array> & AsyncIterable<Chunk> {
    const reader = new Reader({
      ask: (chunks) => {
        this.#taken.set(stream, reader);
        this.#send(['pull', stream, chunks], []);
      },
      stop: () => {
        this.#taken.delete(stream);
        this.#send(['stop', stream], []);
      },
    });
    // What was offered as bytes comes as bytes, what as texts as texts.
    const iterator = (): AsyncIterator<never> => reader as AsyncIterator<never>;
    return { [Symbol.asyncIterator]: iterator };
  }

  /** The other end reads on. */
  pull(stream: number, chunks: number): void {
    const offered = this.#offered.get(stream);
    if (offered === undefined) {
      this.#sendBroken(stream);
      return;
    }
    offered.asked += chunks;
    if (!offered.reading) void this.#read(stream, offered);
  }

  /** The other end reads no further. */
  stop(stream: number): void {
    const offered = this.#offered.get(stream);
    this.#offered.delete(stream);
    // Whoever made the body may want to clean up; if that fails there is nobody to tell.
    void offered?.iterator?.return?.().catch(() => undefined);
  }

  /** Something to read has come. */
  chunk(stream: number, chunk: Chunk): void {
    this.#taken.get(stream)?.chunk(chunk);
  }

  /** Nothing more will come. */
  end(stream: number, broken: { readonly error: unknown } | undefined): void {
    this.#taken.get(stream)?.end(broken);
    this.#taken.delete(stream);
  }

  /** The other end is gone. */
  fail(error: Error): void {
    for (const stream of this.#offered.keys()) this.stop(stream);
    for (const reader of this.#taken.values()) reader.end({ error });
    this.#taken.clear();
  }

  async #read(stream: number, offered: Offered): Promise<void> {
    offered.reading = true;
    try {
      offered.iterator ??= offered.source[Symbol.asyncIterator]();
      for (; offered.asked > 0; offered.asked--) {
        const next = await offered.iterator.next();
        if (!this.#offered.has(stream)) return;
        if (next.done === true) {
          this.#offered.delete(stream);
          this.#send(['end', stream], []);
          return;
        }
        this.#sendChunk(stream, next.value);
      }
    } catch (error) {
      if (this.#offered.delete(stream)) this.#send(['broken', stream, packError(error)], []);
    } finally {
      offered.reading = false;
    }
  }

  #sendBroken(stream: number): void {
    this.#send(
      ['broken', stream, packError(new ProcessError('PROCESS_TERMINATED', 'The body is not there any more'))],
      [],
    );
  }

  #sendChunk(stream: number, chunk: Chunk): void {
    if (typeof chunk === 'string') {
      this.#send(['chunk', stream, chunk], []);
      return;
    }
    // A copy: a chunk is often a part of a larger buffer, which would be cloned or moved as a whole.
    const copy = new Uint8Array(chunk);
    this.#send(['chunk', stream, copy], [copy.buffer]);
  }
}

interface ReaderOwner {
  ask(chunks: number): void;
  stop(): void;
}

/** Reads a body of the other end. */
class Reader implements AsyncIterator<Chunk> {
  readonly #owner: ReaderOwner;
  readonly #chunks: Chunk[] = [];
  #waiting: { resolve: (result: IteratorResult<Chunk>) => void; reject: (error: unknown) => void } | undefined;
  #ended: { readonly error: unknown } | 'end' | undefined;
  #asked = 0;

  constructor(owner: ReaderOwner) {
    this.#owner = owner;
  }

  next(): Promise<IteratorResult<Chunk>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#askFor();
      return Promise.resolve({ value: chunk, done: false });
    }
    if (this.#ended === 'end') return Promise.resolve({ value: undefined, done: true });
    if (this.#ended !== undefined) return Promise.reject(this.#ended.error);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#askFor();
    });
  }

  return(): Promise<IteratorResult<Chunk>> {
    if (this.#ended === undefined) {
      this.#ended = 'end';
      this.#owner.stop();
    }
    this.#chunks.length = 0;
    return Promise.resolve({ value: undefined, done: true });
  }

  chunk(chunk: Chunk): void {
    this.#asked--;
    if (this.#ended !== undefined) return;
    const value = typeof chunk === 'string' ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#waiting === undefined) {
      this.#chunks.push(value);
    } else {
      this.#waiting.resolve({ value, done: false });
      this.#waiting = undefined;
    }
  }

  end(broken: { readonly error: unknown } | undefined): void {
    this.#ended ??= broken ?? 'end';
    if (broken === undefined) this.#waiting?.resolve({ value: undefined, done: true });
    else this.#waiting?.reject(broken.error);
    this.#waiting = undefined;
  }

  /** Keeps half a window of chunks on their way. */
  #askFor(): void {
    if (this.#ended !== undefined || this.#asked + this.#chunks.length > window / 2) return;
    const chunks = window - this.#asked - this.#chunks.length;
    this.#asked += chunks;
    this.#owner.ask(chunks);
  }
}
