import { Backoff, errorText, Mutex, type Clock, type MetricTimer, type Random, after } from '@mesos-ts/libprocess';
import { decode, encode, ProtocolError, type StateEntry, type StateOperation } from '@mesos-ts/protocol';
import { LogError, type LogEntry, type LogReader, type LogWriter } from '@mesos-ts/replicated-log';
import { applyDelta, makeDelta } from './delta.ts';
import { StateError } from './errors.ts';
import { copyOf, isSameVersion, type StateStorage } from './storage.ts';

/** Positions that are read at a time. */
const readMax = 1000;
const diffsDefault = 100;
const logLengthDefault = 10_000;

/** Options of `LogStorage`. */
export interface LogStorageOptions {
  readonly reader: LogReader;
  readonly writer: LogWriter;
  readonly clock: Clock;
  readonly random: Pick<Random, 'next'>;
  /**
   * How many differences there are at most between two whole values of a variable; with 0 there are none, as in Mesos. There are fewer
   * when together they would be larger than the value; and more while the value is larger than an entry of the log may be, which it can only
   * have grown to. @default 100
   */
  readonly diffsBetweenSnapshots?: number;
  /** How many positions the log has at most, more or less, before the oldest value is written again at its end. @default 10,000 */
  readonly logLengthMax?: number;
  /** Measures how long it takes to find differences: `log_storage/diff_ms` in Mesos. */
  readonly diffTimer?: MetricTimer;
}

/** A variable as the log has it. */
interface Kept {
  readonly entry: StateEntry;
  /** Where its last whole value is. */
  readonly position: number;
  /** How many differences there are since, and how large they are together. */
  readonly diffs: number;
  readonly diffBytes: number;
}

/**
 * Keeps entries in a replicated log, one change after the other: whole values, and what later ones differ by (Mesos's `state::LogStorage`).
 * All values are in memory. Before the first operation this program wins the right to write and reads the log; from then on nobody else has
 * changed it. When somebody else takes over, what is under way rejects with `STATE_DEMOTED`, and the next operation wins the right back.
 */
export class LogStorage implements StateStorage {
  readonly #options: LogStorageOptions;
  readonly #operations = new Mutex();
  readonly #closing = new AbortController();
  readonly #kept = new Map<string, Kept>();
  /** Variables of which a difference was read, but not what it is of: that was truncated, since a whole value follows. */
  readonly #headless = new Set<string>();
  /** The length of the shortest value that was larger than an entry of the log may be. */
  #tooLarge = Infinity;
  /** The log is being shortened after the last change. Never rejects. */
  #tidying: Promise<void> = Promise.resolve();
  #isStarted = false;
  /** The last position that was read or written; undefined: none. */
  #index: number | undefined;
  #truncated = 0;

  constructor(options: LogStorageOptions) {
    this.#options = options;
  }

  async get(name: string): Promise<StateEntry | undefined> {
    return this.#use(async () => {
      const kept = this.#kept.get(name);
      return kept === undefined ? undefined : copyOf(kept.entry);
    });
  }

  async set(entry: StateEntry, uuid: Uint8Array): Promise<boolean> {
    return this.#use(async () => {
      const before = this.#kept.get(entry.name);
      if (before !== undefined && !isSameVersion(before.entry.uuid, uuid)) return false;
      if (before === undefined) await this.#snapshot(copyOf(entry));
      else await this.#replace(before, copyOf(entry));
      this.#tidying = this.#tidy();
      return true;
    });
  }

  async expunge({ name, uuid }: StateEntry): Promise<boolean> {
    return this.#use(async () => {
      const before = this.#kept.get(name);
      if (before === undefined || !isSameVersion(before.entry.uuid, uuid)) return false;
      await this.#append({ type: 'EXPUNGE', expunge: { name } }, () => this.#kept.delete(name));
      this.#tidying = this.#tidy();
      return true;
    });
  }

  async names(): Promise<ReadonlySet<string>> {
    return this.#use(async () => new Set(this.#kept.keys()));
  }

  /**
   * Reads what the log has by now without the right to write, and without disturbing whoever has it: a standby that does so now and then
   * has little left to read when it takes over.
   */
  async follow(): Promise<void> {
    await this.#locked(async () => {
      if (!this.#isStarted) await this.#readTo(await this.#options.reader.catchup());
    });
  }

  /** Ends what waits, also for the log to answer. The log itself is closed by whoever has opened it. */
  async close(): Promise<void> {
    this.#closing.abort(closed());
    await this.#operations.run(() => undefined);
  }

  /** Does some work with the right to write and all values read, alone. */
  #use<R>(work: () => Promise<R>): Promise<R> {
    return this.#locked(async () => {
      await this.#start();
      return work();
    });
  }

  async #locked<R>(work: () => Promise<R>): Promise<R> {
    using _lock = await this.#operations.lock();
    try {
      this.#closing.signal.throwIfAborted();
      // Without a quorum the log never answers, and would keep the lock.
      await this.#unlessClosed(this.#tidying);
      return await this.#unlessClosed(work());
    } catch (error) {
      if (error instanceof StateError) throw error;
      throw new StateError('STATE_FAILED', `The replicated log failed: ${errorText(error)}`, { cause: error });
    }
  }

  /** Wins the right to write, and reads what was written before. */
  async #start(): Promise<void> {
    if (this.#isStarted) return;
    const { clock, random, writer } = this.#options;
    const backoff = new Backoff(random, { minMs: 50, maxMs: 2000 });
    for (;;) {
      const position = await writer.start();
      if (position !== 'lost') {
        await this.#readTo(position);
        break;
      }
      await after(clock, backoff.next(), { signal: this.#closing.signal });
    }
    this.#isStarted = true;
    const demoted = (): void => {
      this.#isStarted = false;
    };
    writer.demoted().then(demoted, demoted);
  }

  async #unlessClosed<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#closing;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(closed());
      };
      signal.addEventListener('abort', abort, { once: true });
      promise.then(resolve, reject).finally(() => {
        signal.removeEventListener('abort', abort);
      });
    });
  }

  /** Reads all up to a position that this storage has not seen, or further. */
  async #readTo(end: number): Promise<void> {
    const { reader } = this.#options;
    let position = end;
    for (;;) {
      const beginning = await reader.beginning();
      // What is missing here was truncated: that something was expunged, for example.
      if (this.#index === undefined || this.#index + 1 < beginning) this.#forget(beginning);
      try {
        for (let from = (this.#index ?? -1) + 1; from <= position; from += readMax) {
          const to = Math.min(position, from + readMax - 1);
          for (const each of await reader.read(from, to)) this.#apply(each);
          this.#index = to;
        }
      } catch (error) {
        // The log was truncated under our eyes by whoever writes it.
        if (!(error instanceof LogError && error.code === 'LOG_POSITION_TRUNCATED')) throw error;
        if ((await reader.beginning()) <= beginning) throw error;
        // What it now begins with may lie behind where it ended.
        position = await reader.catchup();
        continue;
      }
      const [headless] = this.#headless;
      if (headless === undefined) return;
      // What it differs from may have been truncated since the end was known: then a whole value has come behind that.
      const later = await reader.catchup();
      if (later <= position) throw corrupt(`the log tells what '${headless}' differs by, but not what from`);
      position = later;
    }
  }

  #forget(beginning: number): void {
    this.#kept.clear();
    this.#headless.clear();
    this.#index = beginning - 1;
    this.#truncated = beginning;
  }

  #apply({ data, position }: LogEntry): void {
    const operation = parseOperation(data, position);
    const { diff, expunge, snapshot } = operation;
    if (snapshot !== undefined) {
      this.#headless.delete(snapshot.entry.name);
      this.#kept.set(snapshot.entry.name, { entry: snapshot.entry, position, diffs: 0, diffBytes: 0 });
    } else if (expunge !== undefined) {
      this.#headless.delete(expunge.name);
      this.#kept.delete(expunge.name);
    } else if (diff !== undefined) {
      const { name, uuid, value } = diff.entry;
      const before = this.#kept.get(name);
      if (before === undefined) this.#headless.add(name);
      else this.#keepDiff(before, { name, uuid, value: applyDelta(before.entry.value, value) }, value);
    }
  }

  #keepDiff(before: Kept, entry: StateEntry, diff: Uint8Array): void {
    const { diffBytes, diffs, position } = before;
    this.#kept.set(entry.name, { entry, position, diffs: diffs + 1, diffBytes: diffBytes + diff.length });
  }

  /** Writes what a value differs by, where it is worth telling only that, or the value does not fit into the log. */
  async #replace(before: Kept, entry: StateEntry): Promise<void> {
    const { diffsBetweenSnapshots = diffsDefault } = this.#options;
    let diff: Uint8Array | undefined;
    if (before.diffs < diffsBetweenSnapshots) {
      diff = this.#diffOf(before, entry);
      if (before.diffBytes + diff.length >= entry.value.length) diff = undefined;
    }
    if (diff === undefined) {
      if (await this.#fits(entry)) return;
      if (diffsBetweenSnapshots === 0) throw tooLarge();
      diff = this.#diffOf(before, entry);
    }
    const difference = diff;
    await this.#append(diffOperation(entry, difference), () => this.#keepDiff(before, entry, difference));
  }

  #diffOf(before: Kept, { value }: StateEntry): Uint8Array {
    const { diffTimer } = this.#options;
    diffTimer?.start();
    const diff = makeDelta(before.entry.value, value);
    diffTimer?.stop();
    return diff;
  }

  /** Writes a whole value, unless it is larger than an entry of the log may be: then nothing is written. */
  async #fits(entry: StateEntry): Promise<boolean> {
    if (entry.value.length >= this.#tooLarge) return false;
    try {
      await this.#snapshot(entry);
      return true;
    } catch (error) {
      if (!(error instanceof LogError && error.code === 'LOG_TOO_LARGE')) throw error;
      this.#tooLarge = entry.value.length;
      return false;
    }
  }

  async #snapshot(entry: StateEntry): Promise<void> {
    await this.#append({ type: 'SNAPSHOT', snapshot: { entry } }, (position) =>
      this.#kept.set(entry.name, { entry, position, diffs: 0, diffBytes: 0 }),
    );
  }

  async #append(operation: StateOperation, made: (position: number) => unknown): Promise<void> {
    const position = await this.#options.writer.append(encode('mesos.internal.state.Operation', operation));
    if (position === 'demoted') {
      this.#isStarted = false;
      throw new StateError(
        'STATE_DEMOTED',
        'Somebody else writes the log now: it is not known whether the change was made',
      );
    }
    this.#index = position;
    made(position);
  }

  /** Lets the log forget what nobody needs, after whoever made the change has been answered and before the next one. What fails here is done after the next change, or makes that fail. */
  async #tidy(): Promise<void> {
    const { logLengthMax = logLengthDefault, writer } = this.#options;
    try {
      const first = this.#oldest();
      const index = this.#index ?? 0;
      // A value that nobody changes must not keep the log from getting shorter.
      if (first !== undefined && index - first.position > logLengthMax) await this.#fits(first.entry);
      const minimum = this.#oldest()?.position ?? index;
      if (minimum <= this.#truncated) return;
      const position = await writer.truncate(minimum);
      if (position === 'demoted') {
        this.#isStarted = false;
        return;
      }
      this.#index = position;
      this.#truncated = minimum;
    } catch {
      this.#isStarted = false;
    }
  }

  #oldest(): Kept | undefined {
    let oldest: Kept | undefined;
    for (const kept of this.#kept.values()) if (oldest === undefined || kept.position < oldest.position) oldest = kept;
    return oldest;
  }
}

function diffOperation({ name, uuid }: StateEntry, value: Uint8Array): StateOperation {
  return { type: 'DIFF', diff: { entry: { name, uuid, value } } };
}

function parseOperation(data: Uint8Array, position: number): StateOperation {
  try {
    const operation = decode('mesos.internal.state.Operation', data);
    const { diff, expunge, snapshot, type } = operation;
    const body = { SNAPSHOT: snapshot, DIFF: diff, EXPUNGE: expunge }[type];
    if (body !== undefined) return operation;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  throw corrupt(`what is at position ${position} of the log is no change of a state`);
}

function tooLarge(): StateError {
  return new StateError('STATE_FAILED', 'The value is larger than an entry of the log may be: it was not stored');
}

function corrupt(why: string): StateError {
  return new StateError('STATE_CORRUPT', `The replicated log holds something else than a state: ${why}`);
}

function closed(): StateError {
  return new StateError('STATE_CLOSED', 'The storage has been closed');
}
