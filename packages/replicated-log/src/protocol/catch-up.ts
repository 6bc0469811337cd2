/**
 * Has the local replica learn a range of positions, in pieces, so that memory is bounded however long the log is. What others have learned
 * is fetched from them, which disturbs nobody. What nobody has learned is left for a while to whoever may be writing it, and
 * then decided by a `Fill`.
 */
import { Fill } from './fill.ts';
import type { FillOutcome } from './fill.ts';
import { sizeOf } from '../interval-set.ts';
import type { LogResponse } from './message.ts';
import type { LogBounds, LogTiming, ProposerPort, TimerId } from './port.ts';
import type { Replica } from './replica.ts';

/** The port of somebody who writes to the local replica as well. */
export interface CatchUpPort extends ProposerPort {
  /** Calls back when everything that was persisted so far is on the disk. */
  whenDurable(callback: () => void): void;
}

export interface CatchUpInit {
  readonly port: CatchUpPort;
  readonly replica: Replica;
  readonly quorum: number;
  /**
   * For how many replicas it asks, where some that are asked take more for a majority than are counted. Without it, more are counted then: only who has
   * heard from all members knows that fewer are enough.
   */
  readonly claim?: number;
  readonly timing: LogTiming;
  readonly bounds: LogBounds;
  readonly from: number;
  readonly to: number;
  /** The first proposal for what has to be decided. */
  readonly proposal: number;
  /** Whom to ask first: who is known to be there. */
  readonly peers: readonly string[];
  /** How long positions that nobody has learned are left alone; `for good`: it gives up when the peers have nothing more. */
  readonly graceMs: number | 'for good';
  /** Whether to give up when somebody has promised so much for everything new. */
  readonly isLost?: (implicit: number) => boolean;
  readonly done: (outcome: 'learned' | 'lost') => void;
}

export class CatchUp {
  readonly #init: CatchUpInit;
  readonly #id: number;
  #proposal: number;
  /** How many decide: as many as for any replica that was asked to. */
  #quorum: number;
  #claim: number;
  /** Whom to ask about the piece that is first now. */
  #ask: string[];
  #asked: string | undefined;
  /** The first missing position when something was last learned. */
  #first = -1;
  #graceIsOver: boolean;
  #grace: TimerId | undefined;
  #waiting: TimerId | undefined;
  #fill: Fill | undefined;
  /** Pieces that are being written, and whether the next one waits for that. */
  #writing = 0;
  #isHeldBack = false;
  #ended = false;

  constructor(init: CatchUpInit) {
    this.#init = init;
    this.#proposal = init.proposal;
    this.#quorum = init.quorum;
    this.#claim = init.claim ?? init.quorum;
    this.#ask = this.#others(init.peers);
    this.#graceIsOver = init.graceMs === 0;
    this.#id = init.port.expect((from, response) => {
      this.#fetched(from, response);
    });
  }

  start(): void {
    // Who is in a hurry and has little to learn finds out by deciding it what others have learned.
    const { replica, from, to, bounds, graceMs } = this.#init;
    const missing = replica.missing(from, to, bounds.fillEntries + 1);
    if (graceMs === 0 && sizeOf(missing) <= bounds.fillEntries) this.#ask = [];
    this.#advance();
  }

  /** Ends it without an outcome. */
  cancel(): void {
    this.#ended = true;
    this.#fill?.cancel();
    this.#init.port.forget(this.#id);
    this.#stop(this.#grace);
    this.#stop(this.#waiting);
  }

  #advance(): void {
    if (this.#ended) return;
    const { replica, from, to, bounds, port, timing, graceMs } = this.#init;
    const missing = replica.missing(from, to, bounds.messageEntries);
    const first = missing[0]?.from;
    if (first === undefined) {
      this.#end('learned');
      return;
    }
    if (first !== this.#first) {
      this.#first = first;
      this.#stop(this.#grace);
      this.#grace = undefined;
      this.#graceIsOver = graceMs === 0;
    }
    const peer = this.#ask[0];
    if (peer !== undefined) {
      this.#asked = peer;
      port.send(peer, { type: 'log.fetch', id: this.#id, positions: missing });
      this.#wait(timing.requestMs, timing.requestMs, () => {
        this.#ask.shift();
        this.#advance();
      });
    } else if (this.#graceIsOver && port.members().size > 2 * this.#quorum - 1) {
      // While too many are members, as when one is replaced, two quorums may share nobody: nothing is decided by one.
      this.#again();
    } else if (this.#graceIsOver) {
      this.#fill = new Fill({
        port,
        timing,
        quorum: this.#quorum,
        claim: this.#claim,
        proposal: this.#proposal,
        positions: replica.missing(from, to, bounds.fillEntries),
        done: (outcome) => {
          this.#filled(outcome);
        },
      });
    } else if (graceMs === 'for good') {
      this.#end('lost');
    } else {
      this.#grace ??= port.after(graceMs, graceMs, () => {
        this.#graceIsOver = true;
      });
      this.#again();
    }
  }

  #fetched(from: string, response: LogResponse): void {
    if (this.#ended || response.type !== 'log.fetched' || from !== this.#asked) return;
    const { replica, port } = this.#init;
    this.#stop(this.#waiting);
    this.#asked = undefined;
    replica.truncate(response.begin);
    replica.learn(response.actions);
    // Who has nothing more of this piece is not asked for it again.
    if (replica.missing(this.#first, this.#first).length > 0) this.#ask.shift();
    // The next piece is asked for while this one is written, but not the one after that.
    this.#writing++;
    port.whenDurable(() => {
      this.#writing--;
      if (!this.#isHeldBack) return;
      this.#isHeldBack = false;
      this.#advance();
    });
    if (this.#writing < 2) this.#advance();
    else this.#isHeldBack = true;
  }

  #filled(outcome: FillOutcome): void {
    const { replica, port, isLost } = this.#init;
    this.#fill = undefined;
    if (outcome.type === 'filled') {
      this.#proposal = outcome.proposal + 1;
      replica.truncate(outcome.begin);
      replica.learn(outcome.actions);
      this.#ask = this.#others([...outcome.elsewhere.keys()]);
      port.whenDurable(() => {
        this.#advance();
      });
    } else if (outcome.type === 'rejected' && isLost?.(outcome.implicit) === true) {
      this.#end('lost');
    } else {
      if (outcome.type === 'too few') {
        this.#claim = outcome.quorum;
        if (this.#init.claim === undefined) this.#quorum = outcome.quorum;
      }
      this.#proposal = Math.max(this.#proposal, outcome.type === 'rejected' ? outcome.proposal : 0) + 1;
      this.#again();
    }
  }

  /** Asks everybody again, after a while. */
  #again(): void {
    const [min, max] = this.#init.timing.backoffMs;
    this.#wait(min, max, () => {
      this.#ask = this.#others([...this.#init.port.members()]);
      this.#advance();
    });
  }

  #wait(minMs: number, maxMs: number, callback: () => void): void {
    this.#stop(this.#waiting);
    this.#waiting = this.#init.port.after(minMs, maxMs, callback);
  }

  #stop(timer: TimerId | undefined): void {
    if (timer !== undefined) this.#init.port.cancel(timer);
  }

  #others(members: readonly string[]): string[] {
    return members.filter((member) => member !== this.#init.port.self);
  }

  #end(outcome: 'learned' | 'lost'): void {
    if (this.#ended) return;
    this.cancel();
    this.#init.done(outcome);
  }
}
