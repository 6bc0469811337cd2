/**
 * The acceptor and learner: what a replica answers to proposers, and what it has to have on its disk before it does.
 *
 * What keeps the log consistent is here, in four rules. A promise is given to greater proposals only, so each number is promised to one
 * proposer at most. A value is accepted under a proposal that is at least as great as all promises for its position. Nothing that follows
 * from a promise or an acceptance is said before the disk has it (see `ReplicaPort`). Whoever has no vote promises and accepts nothing.
 *
 * And one about who counts: nothing is promised to, or accepted from, a proposer for whom fewer replicas decide than this one has written down. For
 * one for whom more decide it is: its quorums share a replica with all smaller ones.
 */
import type { LogWrite, RecoveredLog } from '../storage/log-storage.ts';
import type { Action, ActionValue, Interval, Metadata, PerformedAction, ReplicaStatus } from './action.ts';
import { IntervalSet, positionsOf } from '../interval-set.ts';
import type {
  Claim,
  FetchRequest,
  LearnedNotice,
  PromiseRequest,
  RecoverRequest,
  Standing,
  WriteRequest,
  WriteResponse,
} from './message.ts';
import type { LogBounds, LogTiming, ReplicaPort } from './port.ts';

/** What a replica begins with. */
export interface ReplicaInit {
  readonly recovered: RecoveredLog;
  /** The actions at the unlearned positions. */
  readonly unlearned: readonly Action[];
  readonly port: ReplicaPort;
  /** How many replicas decide, as long as the disk does not say so. */
  readonly quorum: number;
  readonly bounds: LogBounds;
  readonly timing: LogTiming;
  /** Told of each implicit promise to a proposal, and when an action has been learned here. */
  readonly onPromise: (proposal: number) => void;
}

export class Replica {
  #metadata: Metadata;
  #begin: number;
  #end: number;
  readonly #learned: IntervalSet;
  /** The actions that are not learned, promises without a value among them. */
  readonly #records = new Map<number, Action>();
  /** What has been learned of records on the disk, and is to be told to it with the next write, or after a while. */
  #toldLater: Interval[] = [];
  #telling = false;
  readonly #port: ReplicaPort;
  readonly #quorum: number;
  readonly #bounds: LogBounds;
  readonly #timing: LogTiming;
  readonly #onPromise: (proposal: number) => void;

  constructor(init: ReplicaInit) {
    const { recovered } = init;
    this.#metadata = recovered.metadata;
    this.#begin = recovered.begin;
    this.#end = recovered.end;
    this.#learned = new IntervalSet(recovered.learned);
    for (const action of init.unlearned) this.#records.set(action.position, action);
    this.#port = init.port;
    this.#quorum = init.quorum;
    this.#bounds = init.bounds;
    this.#timing = init.timing;
    this.#onPromise = init.onPromise;
  }

  get metadata(): Metadata {
    return this.#metadata;
  }

  get status(): ReplicaStatus {
    return this.#metadata.status;
  }

  /** The first position that is not truncated. */
  get begin(): number {
    return this.#begin;
  }

  /** The last position with a record. */
  get end(): number {
    return this.#end;
  }

  /** Whether the value of a position is known, or it is truncated. */
  isLearned(position: number): boolean {
    return position < this.#begin || this.#learned.has(position);
  }

  /** The positions of `from` to `to` that are neither learned nor truncated, the first `max` at most. */
  missing(from: number, to: number, max?: number): Interval[] {
    return this.#learned.missing(Math.max(from, this.#begin), to, max);
  }

  /** The last position up to which everything is learned. */
  get learnedThrough(): number {
    return this.#learned.containing(this.#begin)?.to ?? this.#begin - 1;
  }

  /** The records that are not learned. */
  get unlearned(): ReadonlyMap<number, Action> {
    return this.#records;
  }

  /** Whether it takes part in decisions. */
  protected get votes(): boolean {
    return this.#metadata.status === 'VOTING';
  }

  /** How many replicas it takes for a majority: what it has voted with, or was told. */
  get quorum(): number {
    return (this.votes ? this.#metadata.quorum : undefined) ?? this.#quorum;
  }

  /** Whether a proposer counts on too few replicas to be heard. */
  protected refuses(quorum: number | undefined): boolean {
    return quorum !== undefined && quorum < this.quorum;
  }

  /** Whether a proposer is of this log: who has accepted an id for it takes the word of a proposer that it has become that. */
  protected isOfLog(log: string | undefined): boolean {
    const { log: own, naming } = this.#metadata;
    if (own === undefined && log !== undefined && log === naming?.log) this.become({ log });
    return log === this.#metadata.log;
  }

  /** Whether a promise to `promised` leaves room for one to `proposal`. */
  protected mayPromise(proposal: number, promised: number): boolean {
    return proposal > promised;
  }

  promise(from: string, request: PromiseRequest): void {
    const { id, proposal, positions, quorum, log } = request;
    const answer = {
      type: 'log.promised',
      id,
      begin: this.#begin,
      end: this.#end,
      ...this.#standing(),
    } as const;
    const { promised: implicit, naming } = this.#metadata;
    if (!this.votes || this.refuses(quorum) || !this.isOfLog(log)) {
      const greater = this.votes && this.refuses(quorum) ? this.quorum : undefined;
      this.#port.reply(from, { ...answer, verdict: 'ignore', proposal, implicit, ...optional('quorum', greater) });
    } else if (positions !== undefined) {
      this.#promiseEach(from, request, positions);
    } else if (this.mayPromise(proposal, implicit)) {
      this.become({ promised: proposal });
      this.#port.reply(from, {
        ...answer,
        verdict: 'accept',
        proposal,
        implicit: proposal,
        ...optional('naming', naming),
      });
      this.#onPromise(proposal);
    } else {
      this.#port.reply(from, { ...answer, verdict: 'reject', proposal: implicit, implicit });
    }
  }

  /** An explicit promise is for all of its positions or none, but for those at the end that an answer has no room for. */
  #promiseEach(from: string, { id, proposal }: PromiseRequest, positions: readonly Interval[]): void {
    const promised: Action[] = [];
    const found: PerformedAction[] = [];
    const learned = new IntervalSet();
    let refusal: number | undefined;
    let bytes = 0;
    let through = -1;
    let looked = 0;
    for (const position of positionsOf(positions)) {
      if (looked++ >= this.#bounds.fillEntries || bytes >= this.#bounds.messageBytes) break;
      through = position;
      // Whoever asks sees by `begin` that it is truncated.
      if (position < this.#begin) continue;
      if (this.#learned.has(position)) {
        learned.add(position);
        continue;
      }
      const record = this.#records.get(position);
      const highest = this.#promisedAt(position);
      if (this.mayPromise(proposal, highest)) {
        promised.push({ ...record, position, promised: proposal });
        if (isPerformed(record)) {
          found.push(record);
          bytes += bytesOf(record.value);
        }
      } else {
        refusal = Math.max(refusal ?? 0, highest);
      }
    }
    const implicit = this.#metadata.promised;
    const standing = this.#standing();
    if (refusal === undefined) {
      if (promised.length > 0) this.#keep(promised);
      this.#port.reply(from, {
        type: 'log.promised',
        id,
        verdict: 'accept',
        proposal,
        implicit,
        begin: this.#begin,
        end: this.#end,
        through,
        learned: learned.within(),
        actions: found,
        ...standing,
      });
    } else {
      this.#port.reply(from, {
        type: 'log.promised',
        id,
        verdict: 'reject',
        proposal: refusal,
        implicit,
        begin: this.#begin,
        end: this.#end,
        ...standing,
      });
    }
  }

  /** All that is not decided yet is accepted, or nothing. */
  write(from: string, { id, proposal, writes, quorum, log, name }: WriteRequest): void {
    const answer = (verdict: WriteResponse['verdict'], promised: number, positions: Interval[]): void => {
      this.#port.reply(from, {
        type: 'log.written',
        id,
        verdict,
        proposal: promised,
        positions,
        ...(decided.length > 0 ? { decided: decided.within() } : {}),
        ...(name === undefined || verdict !== 'accept' ? {} : { named: true }),
        ...this.#standing(),
      });
    };
    const decided = new IntervalSet();
    const { log: own, promised: implicit } = this.#metadata;
    const isNamedOtherwise = name !== undefined && own !== undefined && own !== name;
    if (!this.votes || this.refuses(quorum) || isNamedOtherwise || (name === undefined && !this.isOfLog(log))) {
      answer('ignore', proposal, []);
      return;
    }
    if (name !== undefined && proposal < implicit) {
      answer('reject', implicit, []);
      return;
    }
    if (name !== undefined) this.become({ naming: { proposal, log: name } });
    const accepted: Action[] = [];
    const positions = new IntervalSet();
    let refusal: number | undefined;
    for (const { position, value } of writes) {
      if (this.isLearned(position)) {
        decided.add(position);
        continue;
      }
      const record = this.#records.get(position);
      const promised = this.#promisedAt(position);
      if (proposal < promised) {
        refusal = Math.max(refusal ?? 0, promised);
      } else {
        // The same again is not written twice: a proposal has one value for a position.
        if (record?.performed !== proposal || !isPerformed(record)) {
          accepted.push({ position, promised: proposal, performed: proposal, value });
        }
        positions.add(position);
      }
    }
    if (refusal === undefined) {
      if (accepted.length > 0) this.#keep(accepted);
      answer('accept', proposal, positions.within());
    } else {
      answer('reject', refusal, []);
    }
  }

  /** What was accepted here under that proposal has been chosen. */
  notice({ proposal, from, to }: LearnedNotice): void {
    const learned = new IntervalSet();
    for (const [position, record] of this.#records) {
      if (position >= from && position <= to && record.performed === proposal) learned.add(position);
    }
    if (learned.length === 0) return;
    // The truncation that is learned may take some of these with it.
    this.#toldLater.push(...learned.within());
    for (const position of positionsOf(learned.within())) {
      const record = this.#records.get(position);
      if (isPerformed(record)) this.#settle(position, record.value);
    }
    if (!this.#telling) {
      this.#telling = true;
      this.#port.after(this.#timing.idleMs, this.#timing.idleMs, () => {
        this.#telling = false;
        this.tell();
      });
    }
  }

  /** Puts on the disk what has been learned and not told to it. */
  tell(): void {
    if (this.#toldLater.length > 0) this.#persist({});
  }

  /** Takes over actions that others know to be chosen, whether this replica votes or not. */
  learn(actions: readonly PerformedAction[]): void {
    const fresh = actions.filter(({ position }) => !this.isLearned(position));
    if (fresh.length === 0) return;
    this.#persist({
      actions: fresh.map((action) => ({
        ...action,
        promised: Math.max(action.promised, this.#promisedAt(action.position)),
        learned: true,
      })),
    });
    for (const { position, value } of fresh) {
      this.#end = Math.max(this.#end, position);
      if (!this.isLearned(position)) this.#settle(position, value);
    }
  }

  /** Takes over that everything before a position is truncated. */
  truncate(begin: number): void {
    if (begin <= this.#begin) return;
    const { promised } = this.#metadata;
    this.learnTombstone({
      position: begin - 1,
      promised,
      performed: promised,
      value: { type: 'nop', tombstone: true },
      learned: true,
    });
  }

  protected learnTombstone(tombstone: PerformedAction): void {
    this.#persist({ actions: [tombstone] });
    this.#end = Math.max(this.#end, tombstone.position);
    this.#cut(tombstone.position + 1);
  }

  fetch(from: string, { id, positions }: FetchRequest): void {
    const first = positions[0]?.from ?? 0;
    const last = positions.at(-1)?.to ?? 0;
    const learned = new IntervalSet();
    for (const interval of positions) {
      for (const known of this.#learned.within(Math.max(interval.from, this.#begin), interval.to)) {
        learned.add(known.from, known.to);
      }
    }
    const answer = (through: number, actions: readonly PerformedAction[]): void => {
      this.#port.reply(from, { type: 'log.fetched', id, begin: this.#begin, through, actions });
    };
    const runs = learned.within();
    const lowest = runs[0]?.from;
    const highest = runs.at(-1)?.to;
    if (lowest === undefined || highest === undefined) {
      answer(Math.max(first, last), []);
      return;
    }
    this.#port.read({ from: lowest, to: highest }, this.#bounds.messageBytes, (read) => {
      // What was learned when the disk was asked does not change any more, whatever the disk says of it.
      const actions = read
        .filter(isPerformed)
        .filter(({ position }) => learned.has(position))
        .map((action) => ({ ...action, learned: true }));
      const stopped = read.at(-1)?.position ?? last;
      answer(stopped < highest ? stopped : last, actions);
    });
  }

  /**
   * Says how it is. Of a replica of another log no incarnation is remembered: one that recovers in this log knows its id if it has one.
   * @param heard What the asker has said about itself.
   */
  recover(from: string, { id, incarnation, log }: RecoverRequest, heard?: Claim): void {
    const known = this.#metadata.fences?.[from] ?? 0;
    // Only a replica that votes can vouch that what it says includes all that the asker may have forgotten.
    if (incarnation !== undefined && incarnation > known && this.votes && log === this.#metadata.log) {
      this.#metadata = { ...this.#metadata, fences: { ...this.#metadata.fences, [from]: incarnation } };
      this.#persist({ metadata: this.#metadata });
    }
    const { candidate, naming } = this.#metadata;
    this.#port.reply(from, {
      type: 'log.recovered',
      id,
      status: this.status,
      quorum: this.quorum,
      begin: this.#begin,
      end: this.#end,
      promised: this.#metadata.promised,
      known: this.#metadata.fences?.[from] ?? 0,
      ...optional('heard', heard),
      ...optional('candidate', candidate),
      ...optional('naming', naming),
      ...this.#standing(),
    });
  }

  /** Changes what it says about itself; `promised`, `fences` and `naming` only ever grow, and the log keeps the id that it has. */
  become(change: Partial<Metadata>): void {
    const fences: Record<string, number> = { ...this.#metadata.fences };
    for (const [member, incarnation] of Object.entries(change.fences ?? {})) {
      fences[member] = Math.max(incarnation, fences[member] ?? 0);
    }
    const { candidate, naming: named, ...rest } = { ...this.#metadata, ...change };
    const log = this.#metadata.log ?? change.log;
    const before = this.#metadata.naming;
    const naming = before !== undefined && before.proposal > (named?.proposal ?? 0) ? before : named;
    this.#metadata = {
      ...rest,
      promised: Math.max(this.#metadata.promised, change.promised ?? 0),
      ...(Object.keys(fences).length > 0 ? { fences } : {}),
      ...optional('log', log),
      // What was only to be the id of the log means nothing when it has one.
      ...(log === undefined ? { ...optional('candidate', candidate), ...optional('naming', naming) } : {}),
    };
    this.#persist({ metadata: this.#metadata });
  }

  #standing(): Standing {
    const { incarnation = 0, fences } = this.#metadata;
    return { ...(incarnation > 0 ? { incarnation } : {}), ...(fences === undefined ? {} : { fences }) };
  }

  #promisedAt(position: number): number {
    return Math.max(this.#metadata.promised, this.#records.get(position)?.promised ?? 0);
  }

  #keep(actions: readonly Action[]): void {
    for (const action of actions) {
      this.#records.set(action.position, action);
      this.#end = Math.max(this.#end, action.position);
    }
    this.#persist({ actions });
  }

  #persist(write: LogWrite): void {
    const learned = this.#toldLater;
    if (learned.length === 0) {
      this.#port.persist(write);
      return;
    }
    this.#toldLater = [];
    this.#port.persist({ ...write, learned });
  }

  #settle(position: number, value: ActionValue): void {
    this.#learned.add(position);
    this.#records.delete(position);
    if (value.type === 'truncate') this.#cut(value.to);
    else if (value.type === 'nop' && value.tombstone === true) this.#cut(position + 1);
  }

  #cut(begin: number): void {
    if (begin <= this.#begin) return;
    this.#begin = begin;
    this.#learned.remove(0, begin - 1);
    for (const position of this.#records.keys()) if (position < begin) this.#records.delete(position);
  }
}

/** A field that is absent when it has no value. */
export function optional<K extends string, T>(name: K, value: T | undefined): { [key in K]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [key in K]?: T };
}

function isPerformed(action: Action | undefined): action is PerformedAction {
  return action?.performed !== undefined && action.value !== undefined;
}

/** How many bytes of entries a value has. */
export function bytesOf(value: ActionValue): number {
  return value.type === 'append' ? value.bytes.length : 0;
}
