import { IntervalSet } from '../interval-set.ts';
import { LogError } from '../errors.ts';
import { LogLedger } from './log-ledger.ts';
import { RecordMemory } from './record-memory.ts';
import { actionKey, decodeRecord } from './records.ts';
import type { Action } from '../protocol/action.ts';
import type { LogStorage, LogWrite, RecoveredLog } from './log-storage.ts';
import type { OrderedStore, StoreChange } from './ordered-store.ts';

/** Writes that wait are put together up to about so many bytes: what is written at once is in memory at once. */
const groupBytesMax = 4 * 1_024 * 1_024;
/** So many truncated records are deleted at a time. */
const sweepCount = 2_048;
/** Space is given back to the file system when so much has been truncated. */
const compactBytes = 1_024 * 1_024;

const firstKey = Buffer.of(0);
const lastKey = Buffer.of(0xff);

/** A write that waits, or is under way. */
interface PendingWrite {
  readonly changes: readonly StoreChange[];
  readonly bytes: number;
  /** What readers see of it once it is on the disk. */
  readonly write: LogWrite;
  readonly begin: number;
  readonly resolve: () => void;
  readonly reject: (error: LogError) => void;
}

/**
 * A log in an ordered store. Writes that come while one is under way wait, and are then made together: their sync is one (group commit). A
 * failed one is the last.
 */
export class OrderedLogStorage implements LogStorage {
  readonly #store: OrderedStore;
  readonly #ledger = new LogLedger();
  readonly #memory = new RecordMemory();
  /** What is there, what is learned, and where the log begins, according to the writes that have resolved. */
  readonly #present = new IntervalSet();
  readonly #learned = new IntervalSet();
  #begin = 0;
  #waiting: PendingWrite[] = [];
  #state: 'new' | 'open' | 'closed' = 'new';
  #failure: LogError | undefined;
  /** The loop that writes, while there is something to write. */
  #writing: Promise<void> | undefined;
  #compacting: Promise<void> | undefined;
  #sweptBytes = 0;
  #closing: Promise<void> | undefined;

  constructor(store: OrderedStore) {
    this.#store = store;
  }

  async recover(): Promise<RecoveredLog> {
    if (this.#state !== 'new') throw new LogError('LOG_CLOSED', 'A storage is opened once');
    this.#state = 'open';
    try {
      await this.#store.open();
      for await (const entries of this.#store.entries(firstKey, lastKey)) {
        for (const [key, value] of entries) this.#ledger.load(decodeRecord(key, value), value.length);
      }
      const log = this.#ledger.recovered();
      for (const { from, to } of log.learned) this.#learned.add(from, to);
      for (const { from, to } of [...log.learned, ...log.unlearned]) this.#present.add(from, to);
      this.#begin = log.begin;
      return log;
    } catch (error) {
      this.#failure = asLogError(error);
      await this.close();
      throw this.#failure;
    }
  }

  persist(write: LogWrite): Promise<void> {
    const refused = this.#refusal();
    if (refused !== undefined) return Promise.reject(refused);
    let changes: readonly StoreChange[];
    try {
      changes = this.#ledger.write(write, this.#take);
    } catch (error) {
      return Promise.reject(asLogError(error));
    }
    let bytes = 0;
    for (const { value } of changes) bytes += value?.length ?? 0;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, bytes, write, begin: this.#ledger.begin, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  async read(from: number, to: number, bytesMax = Infinity): Promise<readonly Action[]> {
    const refused = this.#refusal();
    if (refused !== undefined) throw refused;
    const first = Math.max(from, this.#begin);
    if (!(first <= to)) return [];
    // All as of now.
    const learned = new IntervalSet(this.#learned.within(first, to));
    const present = new IntervalSet(this.#present.within(first, to));
    const entries = this.#store.entries(actionKey(first), actionKey(to + 1));
    const actions: Action[] = [];
    let bytes = 0;
    let next = first;
    try {
      reading: for await (const piece of entries) {
        for (const [key, value] of piece) {
          const record = decodeRecord(key, value);
          const position = record.kind === 'action' ? record.action.position : -1;
          if (record.kind !== 'action' || position < next || position > to || present.intersects(next, position - 1)) {
            throw new LogError('LOG_CORRUPT', `Positions ${next} to ${to} of the log cannot be found any more`);
          }
          next = position + 1;
          actions.push(learned.has(position) ? { ...record.action, learned: true } : record.action);
          bytes += value.length;
          if (bytes >= bytesMax) break reading;
        }
      }
      if (bytes < bytesMax && present.intersects(next, to)) {
        throw new LogError('LOG_CORRUPT', `Positions ${next} to ${to} of the log cannot be found any more`);
      }
    } catch (error) {
      throw this.#closes() ? closed() : this.#fail(error);
    }
    return actions;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const opened = this.#state === 'open';
    this.#state = 'closed';
    await this.#writing;
    await this.#compacting;
    // What was learned last waits for a write to go with.
    if (opened && this.#failure === undefined && this.#ledger.unsealed) {
      const changes: StoreChange[] = [];
      this.#ledger.seal(changes);
      await this.#store.write(changes).catch((error: unknown) => this.#fail(error));
    }
    if (opened) await this.#store.close();
  }

  #refusal(): LogError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    return this.#state === 'open' ? undefined : closed();
  }

  /** Writes what waits until nothing does, and deletes what is truncated when there is nothing else to do. */
  async #write(): Promise<void> {
    // Writes of one turn go together.
    await Promise.resolve();
    while (
      this.#failure === undefined &&
      (this.#waiting.length > 0 || (this.#ledger.hasTruncated && !this.#closes()))
    ) {
      const group = this.#takeGroup();
      const changes = group.flatMap((write) => write.changes);
      const needed = changes.length > 0;
      if (needed || group.length === 0) {
        const swept = this.#ledger.sweep(this.#begin, sweepCount);
        this.#sweptBytes += swept.bytes;
        changes.push(...swept.changes);
        this.#ledger.seal(changes);
        try {
          await this.#store.write(changes);
        } catch (error) {
          this.#waiting.unshift(...group);
          this.#fail(error);
          break;
        }
      }
      for (const write of group) this.#finish(write);
      if (!this.#ledger.hasTruncated && this.#sweptBytes >= compactBytes) this.#compact();
    }
    this.#writing = undefined;
  }

  #closes(): boolean {
    return this.#state === 'closed';
  }

  #takeGroup(): PendingWrite[] {
    let [count, bytes] = [0, 0];
    while (count < this.#waiting.length && bytes < groupBytesMax) bytes += this.#waiting[count++]?.bytes ?? 0;
    if (count === this.#waiting.length) {
      const group = this.#waiting;
      this.#waiting = [];
      return group;
    }
    return this.#waiting.splice(0, count);
  }

  readonly #take = (bytes: number): Buffer => this.#memory.take(bytes);

  #finish({ changes, write, begin, resolve }: PendingWrite): void {
    for (const { value } of changes) if (value !== undefined) this.#memory.giveBack(value);
    for (const { position, learned = false } of write.actions ?? []) {
      this.#present.add(position);
      if (learned) this.#learned.add(position);
      else if (this.#learned.has(position)) this.#learned.remove(position);
    }
    for (const { from, to } of write.learned ?? []) this.#learned.add(from, to);
    this.#begin = begin;
    this.#learned.remove(0, begin - 1);
    this.#present.remove(0, begin - 1);
    resolve();
  }

  /** Gives back the space of what has been deleted, beside the writes. */
  #compact(): void {
    if (this.#compacting !== undefined) return;
    this.#sweptBytes = 0;
    this.#compacting = this.#store.compact(actionKey(0), actionKey(this.#begin)).then(
      () => {
        this.#compacting = undefined;
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  /** From now on nothing is written or read any more. */
  #fail(error: unknown): LogError {
    this.#failure ??= asLogError(error);
    const failure = this.#failure;
    for (const { reject } of this.#waiting) reject(failure);
    this.#waiting = [];
    return failure;
  }
}

function closed(): LogError {
  return new LogError('LOG_CLOSED', 'The storage of the log is not open');
}

function asLogError(error: unknown): LogError {
  if (error instanceof LogError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new LogError('LOG_STORAGE_FAILED', `The disk of the log has failed: ${text}`, { cause: error });
}
