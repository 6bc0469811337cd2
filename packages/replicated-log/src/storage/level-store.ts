import { ClassicLevel } from 'classic-level';
import { LogError } from '../errors.ts';
import { LogDirectory, logPurpose } from './log-directory.ts';
import type { Iterator } from 'classic-level';
import type { DirectoryPurpose } from './log-directory.ts';
import type { OrderedStore, StoreChange } from './ordered-store.ts';

type EntryIterator = Pick<Iterator<ClassicLevel<Buffer, Buffer>, Buffer, Buffer>, 'nextv' | 'close'>;

/** Options of a log on the disk of the machine. */
export interface LevelOptions {
  /** The directory, which is made if it is missing. It belongs to this log alone. */
  readonly path: string;
  /** The cluster that the log belongs to: one that belongs to another is refused. Without it every log is taken. */
  readonly cluster?: string;
  /** Whether a log is made where there is none; otherwise that is refused with `LOG_NOT_FOUND`. @default true */
  readonly create?: boolean;
}

/** What is written is kept in memory up to so much before it goes into a table; then twice as much for a moment. */
const bufferBytes = 8 * 1_024 * 1_024;
/** So much is read at a time. */
const pieceBytes = 512 * 1_024;
const pieceEntries = 4_096;

/** An ordered store in LevelDB. Its files are checked before LevelDB opens them, which would drop some of what is damaged without a word. */
export class LevelStore implements OrderedStore {
  readonly #directory: LogDirectory;
  #level: ClassicLevel<Buffer, Buffer> | undefined;
  #written = false;

  /** @param purpose What is kept in it. @default a log */
  constructor({ path, cluster, create = true }: LevelOptions, purpose: DirectoryPurpose = logPurpose) {
    this.#directory = new LogDirectory(path, cluster, create, purpose);
  }

  async open(): Promise<void> {
    await this.#directory.prepare();
    const level = new ClassicLevel<Buffer, Buffer>(this.#directory.path, {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      writeBufferSize: bufferBytes,
      // `isTableWhole` cannot look into what is compressed.
      compression: false,
    });
    await this.#attempt(() => level.open());
    this.#level = level;
    const first = await this.#attempt(() => level.keys({ limit: 1 }).all());
    await this.#directory.opened(first.length === 0);
  }

  entries(from: Buffer, to: Buffer): AsyncIterable<[key: Buffer, value: Buffer][]> {
    // It sees what there is now.
    const options = { gte: from, lt: to, fillCache: false, highWaterMarkBytes: pieceBytes };
    return this.#pieces(this.#opened.iterator<Buffer, Buffer>(options));
  }

  async *#pieces(iterator: EntryIterator): AsyncGenerator<[Buffer, Buffer][]> {
    try {
      for (;;) {
        const entries = await this.#attempt(() => iterator.nextv(pieceEntries));
        if (entries.length === 0) return;
        yield entries;
      }
    } finally {
      await iterator.close();
    }
  }

  async write(changes: readonly StoreChange[]): Promise<void> {
    const operations = changes.map(({ key, value }) =>
      value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
    );
    await this.#attempt(() => this.#opened.batch(operations, { sync: true }));
    if (this.#written) return;
    await this.#directory.used();
    this.#written = true;
  }

  compact(from: Buffer, to: Buffer): Promise<void> {
    return this.#attempt(() => this.#opened.compactRange(from, to));
  }

  async close(): Promise<void> {
    const level = this.#level;
    this.#level = undefined;
    await level?.close();
  }

  get #opened(): ClassicLevel<Buffer, Buffer> {
    if (this.#level === undefined) throw new LogError('LOG_CLOSED', 'The database of the log is not open');
    return this.#level;
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#asLogError(error);
    }
  }

  #asLogError(thrown: unknown): LogError {
    // The reason why a database does not open is the cause of the error.
    const error = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    const text = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'LEVEL_LOCKED') return this.#directory.inUse(thrown);
    if (code === 'LEVEL_CORRUPTION' || /^Corruption\b/.test(text)) return this.#directory.corrupt(text, thrown);
    return this.#directory.failed(text, thrown);
  }
}
