/**
 * Decides positions anew by a full round of Paxos: an explicit promise for them, then a write of whatever may have been chosen before, or of
 * nothing where nothing can have been. What turns out to be learned or truncated elsewhere is not decided but reported. As `log::fill` of
 * Mesos, for many positions at once.
 */
import type { ActionValue, Interval, PerformedAction } from './action.ts';
import { IntervalSet, positionsOf } from '../interval-set.ts';
import type { LogResponse, PromiseResponse, Proposed } from './message.ts';
import type { LogTiming, ProposerPort, TimerId } from './port.ts';
import { Tally } from './tally.ts';

export type FillOutcome =
  /** These were chosen under the proposal. `elsewhere` are positions that others have learned, and where. */
  | {
      readonly type: 'filled';
      readonly proposal: number;
      readonly actions: readonly PerformedAction[];
      readonly elsewhere: ReadonlyMap<string, readonly Interval[]>;
      readonly begin: number;
    }
  /** Somebody has promised `proposal`, which is greater; and `implicit` for everything new, as far as that is known. */
  | { readonly type: 'rejected'; readonly proposal: number; readonly implicit: number }
  /** For a replica more decide than here. */
  | { readonly type: 'too few'; readonly quorum: number }
  /** No quorum has answered in time. */
  | { readonly type: 'silence' };

export interface FillInit {
  readonly port: ProposerPort;
  readonly timing: LogTiming;
  readonly quorum: number;
  /** How many it says that decide. @default `quorum` */
  readonly claim?: number;
  readonly proposal: number;
  readonly positions: readonly Interval[];
  readonly done: (outcome: FillOutcome) => void;
}

export class Fill {
  readonly #init: FillInit;
  readonly #promises = new Tally<PromiseResponse>();
  /** What it says that decides. */
  readonly #claim: number;
  readonly #acceptances = new Tally<IntervalSet>();
  readonly #id: number;
  readonly #timer: TimerId;
  #writes: readonly Proposed[] | undefined;
  readonly #elsewhere = new Map<string, readonly Interval[]>();
  #begin = 0;
  #ended = false;

  constructor(init: FillInit) {
    this.#init = init;
    const { port, timing, proposal, positions, quorum, claim = quorum } = init;
    this.#claim = claim;
    this.#id = port.expect((from, response) => {
      this.#heard(from, response);
    });
    this.#timer = port.after(timing.requestMs, timing.requestMs, () => {
      this.#end({ type: 'silence' });
    });
    port.broadcast({ type: 'log.promise', id: this.#id, proposal, quorum: claim, positions });
  }

  /** Ends it without an outcome. */
  cancel(): void {
    this.#ended = true;
    this.#init.port.forget(this.#id);
    this.#init.port.cancel(this.#timer);
  }

  #heard(from: string, response: LogResponse): void {
    if (this.#ended || !('verdict' in response)) return;
    if (response.verdict === 'ignore') {
      const { quorum = 0 } = response.type === 'log.promised' ? response : {};
      if (quorum > this.#claim) this.#end({ type: 'too few', quorum });
      return;
    }
    if (response.verdict === 'reject') {
      const implicit = response.type === 'log.promised' ? response.implicit : 0;
      this.#end({ type: 'rejected', proposal: response.proposal, implicit });
    } else if (response.type === 'log.promised') {
      this.#promises.add(from, response, response);
      if (this.#writes === undefined) this.#promised();
    } else {
      const positions = new IntervalSet(response.positions);
      this.#acceptances.add(from, response, positions);
      if (this.#writes !== undefined) this.#accepted(this.#writes);
      // Another was faster: its value is to be fetched.
      const { proposal } = this.#init;
      if (response.decided !== undefined) this.#end({ type: 'rejected', proposal, implicit: 0 });
    }
  }

  #promised(): void {
    const { port, quorum, positions, proposal } = this.#init;
    const answers = this.#promises.answers();
    if (answers.size < quorum) return;
    // What a quorum speaks of; the rest is for another round.
    const through = Math.min(...Array.from(answers.values(), (answer) => answer.through ?? -1));
    const decided = new IntervalSet();
    const found = new Map<number, PerformedAction>();
    for (const [from, { begin, learned = [], actions = [] }] of answers) {
      this.#begin = Math.max(this.#begin, begin);
      const there = learned.filter((interval) => interval.from <= through);
      if (there.length > 0) this.#elsewhere.set(from, there);
      for (const { from: first, to: last } of there) decided.add(first, last);
      for (const action of actions) {
        const other = found.get(action.position);
        if (other === undefined || other.performed < action.performed) found.set(action.position, action);
      }
    }
    const nothing: ActionValue = { type: 'nop' };
    const writes: Proposed[] = [];
    for (const position of positionsOf(positions)) {
      if (position > through) break;
      if (position >= this.#begin && !decided.has(position)) {
        writes.push({ position, value: found.get(position)?.value ?? nothing });
      }
    }
    this.#writes = writes;
    if (writes.length === 0) this.#accepted(writes);
    else port.broadcast({ type: 'log.write', id: this.#id, proposal, quorum: this.#claim, writes });
  }

  #accepted(writes: readonly Proposed[]): void {
    const { port, quorum, proposal } = this.#init;
    const acceptances = [...this.#acceptances.answers().values()];
    const chosen = writes.filter(
      ({ position }) => acceptances.filter((positions) => positions.has(position)).length >= quorum,
    );
    if (chosen.length < writes.length) return;
    const actions = writes.map(({ position, value }): PerformedAction => ({
      position,
      promised: proposal,
      performed: proposal,
      value,
      learned: true,
    }));
    // Not of what lies between: there, another fill may have used the same number, in vain.
    const filled = new IntervalSet();
    for (const { position } of actions) filled.add(position);
    for (const { from, to } of filled.within()) port.broadcast({ type: 'log.learned', proposal, from, to });
    this.#end({ type: 'filled', proposal, actions, elsewhere: this.#elsewhere, begin: this.#begin });
  }

  #end(outcome: FillOutcome): void {
    if (this.#ended) return;
    this.cancel();
    this.#init.done(outcome);
  }
}
