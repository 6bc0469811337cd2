import { IntervalSet } from '../interval-set.ts';
import { LogError } from '../errors.ts';
import { PositionTable } from './position-table.ts';
import {
  actionKey,
  checksumOf,
  encodeAction,
  encodeLearned,
  encodeMetadata,
  encodeSummary,
  isActionKey,
  learnedKey,
  metadataKey,
  summaryKey,
  withSummary,
} from './records.ts';
import type { Action, ActionValue, Interval, Metadata } from '../protocol/action.ts';
import type { LogWrite, RecoveredLog } from './log-storage.ts';
import type { StoredRecord, Summary } from './records.ts';
import type { StoreChange } from './ordered-store.ts';

/**
 * What the records of a log are, without the disk that has them: turns writes into changes of an ordered store, and the records that are found
 * when the log is opened into what is known of it.
 *
 * Learned positions are kept as intervals, apart from the actions: an entry that is learned is not written a second time.
 */
export class LogLedger {
  #metadata: Metadata = { status: 'EMPTY', promised: 0 };
  #metadataChecksum: number | undefined;
  #begin = 0;
  #end = 0;
  readonly #positions = new PositionTable();
  readonly #learned = new IntervalSet();
  /** The intervals that have a record, as of the last `seal`: all but the last one, which the summary has. */
  readonly #learnedRecords = new IntervalSet();
  #lastLearned = noInterval;
  /** The positions whose being learned has changed since the last `seal` lie between. */
  #learnedChanged: { from: number; to: number } | undefined;
  /** Where the log would begin if the action at this position were learned. */
  readonly #truncations = new Map<number, number>();
  /** Positions that have been promised and not performed. */
  readonly #promises = new Set<number>();
  #count = 0;
  #sum = 0;
  #sequence = 0;
  /** The last summary that was found. */
  #summary: Summary | undefined;

  /** The first position that is not truncated. */
  get begin(): number {
    return this.#begin;
  }

  /** Whether something has changed that is not in the changes that were given out. */
  get unsealed(): boolean {
    return this.#learnedChanged !== undefined;
  }

  /** Whether there are records of what has been truncated. */
  get hasTruncated(): boolean {
    return (this.#positions.first ?? Infinity) < this.#begin;
  }

  /** Takes in a record of so many bytes that was found. In any order, before `recovered`. */
  load(record: StoredRecord, bytes: number): void {
    const summary = 'summary' in record ? record.summary : undefined;
    if (summary !== undefined && summary.sequence > (this.#summary?.sequence ?? 0)) this.#summary = summary;
    if (record.kind === 'summary') return;
    const { checksum } = record;
    this.#count++;
    this.#sum = (this.#sum + checksum) >>> 0;
    if (record.kind === 'metadata') {
      this.#metadata = record.metadata;
      this.#metadataChecksum = checksum;
    } else if (record.kind === 'learned') {
      this.#learned.add(record.interval.from, record.interval.to);
      this.#learnedRecords.add(record.interval.from, record.interval.to);
    } else {
      this.#positions.set(record.action.position, checksum, bytes);
      this.#note(record.action);
    }
  }

  /** What all records that were loaded come to. Throws `LOG_CORRUPT` when some are missing. */
  recovered(): RecoveredLog {
    const summary = this.#summary;
    if (summary === undefined) {
      if (this.#count > 0) throw corrupt('the summary is missing');
      return { metadata: this.#metadata, begin: 0, end: 0, learned: [], unlearned: [] };
    }
    if (summary.count !== this.#count) throw corrupt(`there are ${this.#count} records instead of ${summary.count}`);
    if (summary.sum !== this.#sum) throw corrupt('a record is an old one');
    this.#begin = summary.begin;
    this.#end = summary.end;
    this.#sequence = summary.sequence;
    this.#lastLearned = summary.learned;
    this.#learned.add(summary.learned.from, summary.learned.to);
    const learned = this.#learned.within(this.#begin);
    const unlearned = this.#positions.positions(this.#begin);
    for (const { from, to } of learned) {
      if ((unlearned.containing(from)?.to ?? -1) < to) throw corrupt('a position is learned that has no action');
      unlearned.remove(from, to);
    }
    for (const position of this.#promises) {
      if (this.#learned.has(position)) throw corrupt(`position ${position} is learned and has no value`);
    }
    this.#learned.remove(0, this.#begin - 1);
    for (const position of this.#truncations.keys()) {
      if (position < this.#begin || this.#learned.has(position)) this.#truncations.delete(position);
    }
    return { metadata: this.#metadata, begin: this.#begin, end: this.#end, learned, unlearned: unlearned.within() };
  }

  /**
   * Makes a write, and answers with the changes that bring it into the store together with those of `seal`.
   * @param take Memory for the record of an action.
   */
  write({ metadata, actions = [], learned = [] }: LogWrite, take?: (bytes: number) => Buffer): StoreChange[] {
    for (const action of actions) checkAction(action);
    const coming = learned.length === 0 ? undefined : new Map(actions.map((action) => [action.position, action]));
    for (const interval of learned) this.#checkLearned(interval, coming);
    const changes: StoreChange[] = [];
    if (metadata !== undefined) {
      const value = encodeMetadata(metadata);
      this.#replace(this.#metadataChecksum, checksumOf(value));
      this.#metadataChecksum = checksumOf(value);
      this.#metadata = metadata;
      changes.push({ key: metadataKey, value });
    }
    for (const action of actions) {
      const { position } = action;
      this.#end = Math.max(this.#end, position);
      // What is truncated stays truncated.
      if (position < this.#begin) continue;
      const key = actionKey(position);
      const value = encodeAction(key, action, take);
      this.#replace(this.#positions.get(position), checksumOf(value));
      this.#positions.set(position, checksumOf(value), value.length);
      this.#note(action);
      if (action.learned === true) this.#learn(position, position);
      else if (this.#learned.has(position)) this.#unlearn(position);
      changes.push({ key, value });
    }
    for (const { from, to } of learned) this.#learn(from, to);
    return changes;
  }

  /** Completes the changes that came of the writes since the last call: they say then what the log is with them. */
  seal(changes: StoreChange[]): void {
    const last = changes.findLastIndex(({ key, value }) => value !== undefined && isActionKey(key));
    this.#sealLearned(changes);
    const summary: Summary = {
      sequence: ++this.#sequence,
      begin: this.#begin,
      end: this.#end,
      learned: this.#lastLearned,
      count: this.#count,
      sum: this.#sum,
    };
    const { key, value } = changes[last] ?? {};
    if (key === undefined || value === undefined) changes.push({ key: summaryKey, value: encodeSummary(summary) });
    else changes[last] = { key, value: withSummary(value, summary) };
  }

  /** Adds the changes to the records of learned intervals. */
  #sealLearned(changes: StoreChange[]): void {
    if (this.#learnedChanged === undefined) return;
    const last = this.#learned.last ?? noInterval;
    if (last.from !== this.#lastLearned.from) {
      // The one that was last needs a record, the one that is last now none.
      for (const { from, to } of [last, this.#lastLearned]) if (from <= to) this.#learnedHasChanged(from, to);
    }
    const { from, to } = this.#learnedChanged;
    this.#learnedChanged = undefined;
    this.#lastLearned = last;
    const before = touching(this.#learnedRecords, from, to);
    const after = touching(this.#learned, from, to).filter((one) => one.from !== last.from);
    for (const old of before) {
      if (!after.some((one) => one.from === old.from)) {
        changes.push({ key: learnedKey(old.from) });
        this.#remove(intervalChecksum(old));
      }
      this.#learnedRecords.remove(old.from, old.to);
    }
    for (const one of after) {
      const old = before.find((other) => other.from === one.from);
      if (old?.to !== one.to) {
        const key = learnedKey(one.from);
        const value = encodeLearned(key, one.to);
        this.#replace(old === undefined ? undefined : intervalChecksum(old), checksumOf(value));
        changes.push({ key, value });
      }
      this.#learnedRecords.add(one.from, one.to);
    }
  }

  /** The changes that delete up to `most` records of what has been truncated, before a position, and about how many bytes those have. */
  sweep(before: number, most: number): { readonly changes: StoreChange[]; readonly bytes: number } {
    const changes: StoreChange[] = [];
    const bytes = this.#positions.removeBefore(Math.min(before, this.#begin), most, (position, checksum) => {
      changes.push({ key: actionKey(position) });
      this.#remove(checksum);
      this.#promises.delete(position);
    });
    return { changes, bytes };
  }

  #checkLearned({ from, to }: Interval, coming: ReadonlyMap<number, Action> | undefined): void {
    if (!isPosition(from) || !isPosition(to) || to < from) throw invalid(`${from} to ${to} are no positions`);
    for (let position = Math.max(from, this.#begin); position <= to; position++) {
      const action = coming?.get(position);
      const is = this.#positions.has(position) && !this.#promises.has(position);
      if (action === undefined ? !is : action.value === undefined) {
        throw invalid(`position ${position} has no value that could be learned`);
      }
    }
  }

  #note({ position, value }: Action): void {
    const begin = truncatesTo(position, value);
    if (begin === undefined) this.#truncations.delete(position);
    else this.#truncations.set(position, begin);
    if (value === undefined) this.#promises.add(position);
    else this.#promises.delete(position);
  }

  #learn(from: number, to: number): void {
    const first = Math.max(from, this.#begin);
    if (to < first) return;
    this.#learned.add(first, to);
    this.#learnedHasChanged(first, to);
    if (this.#truncations.size === 0) return;
    let begin = this.#begin;
    for (const [position, moved] of this.#truncations) {
      if (position < first || position > to) continue;
      this.#truncations.delete(position);
      begin = Math.max(begin, moved);
    }
    if (begin > this.#begin) this.#truncate(begin);
  }

  #truncate(begin: number): void {
    const { from } = this.#learned.within()[0] ?? {};
    this.#begin = begin;
    this.#learned.remove(0, begin - 1);
    if (from !== undefined && from < begin) this.#learnedHasChanged(from, begin);
    for (const position of this.#truncations.keys()) if (position < begin) this.#truncations.delete(position);
  }

  #unlearn(position: number): void {
    this.#learned.remove(position);
    this.#learnedHasChanged(position, position);
  }

  #learnedHasChanged(from: number, to: number): void {
    const changed = this.#learnedChanged;
    if (changed === undefined) {
      this.#learnedChanged = { from, to };
    } else {
      changed.from = Math.min(changed.from, from);
      changed.to = Math.max(changed.to, to);
    }
  }

  #replace(old: number | undefined, checksum: number): void {
    if (old !== undefined) this.#remove(old);
    this.#count++;
    this.#sum = (this.#sum + checksum) >>> 0;
  }

  #remove(checksum: number): void {
    this.#count--;
    this.#sum = (this.#sum - checksum) >>> 0;
  }
}

const noInterval: Interval = { from: 0, to: -1 };

/** Where the log begins once an action has been learned; undefined when that changes nothing. */
export function truncatesTo(position: number, value: ActionValue | undefined): number | undefined {
  if (value?.type === 'truncate') return value.to;
  return value?.type === 'nop' && value.tombstone === true ? position + 1 : undefined;
}

/** Throws for an action that nobody may write. */
export function checkAction({ position, promised, performed, value, learned }: Action): void {
  if (!isPosition(position)) throw invalid(`${position} is no position`);
  if (!isPosition(promised)) throw invalid(`position ${position}: ${promised} is no proposal`);
  if ((performed === undefined) !== (value === undefined) || (performed !== undefined && !isPosition(performed))) {
    throw invalid(
      `position ${position}: an action has a value and the proposal that it was accepted under, or neither`,
    );
  }
  if (value?.type === 'truncate' && !(isPosition(value.to) && value.to <= position)) {
    throw invalid(`position ${position}: truncates to ${value.to}`);
  }
  if (learned === true && value === undefined) throw invalid(`position ${position} is learned without a value`);
}

function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** The whole intervals that have a position from `from - 1` to `to + 1`. */
function touching(set: IntervalSet, from: number, to: number): Interval[] {
  return set.within(from - 1, to + 1).map((part) => set.containing(part.from) ?? part);
}

function intervalChecksum({ from, to }: Interval): number {
  return checksumOf(encodeLearned(learnedKey(from), to));
}

function corrupt(problem: string): LogError {
  return new LogError('LOG_CORRUPT', problem);
}

function invalid(problem: string): LogError {
  return new LogError('LOG_POSITION_INVALID', `A write to the log: ${problem}`);
}
