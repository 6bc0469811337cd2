/**
 * Everything that one replica, its recovery and its writers decide, as one state machine: an event in, effects out. The same events in
 * the same order give the same effects. It knows neither clock nor disk nor network; whoever performs the effects does, in an actor
 * (`actors/`) or in a simulation.
 *
 * The performer's duties: start the writes of `persists` in the order of their tickets and tell each by `persisted` when it is on the disk;
 * send `sends`; read `reads` and answer each by `read`; fire each timer once. When the disk fails it stops for good and tells
 * nothing more. That nothing is said before the disk has what it follows from is the machine's own business: a message is
 * among the effects when it may leave.
 */
import type { LogWrite, RecoveredLog } from '../storage/log-storage.ts';
import type { Action, ActionValue, Interval, Metadata } from './action.ts';
import { CatchUp } from './catch-up.ts';
import { Identity, agreedLog } from './identity.ts';
import type { IdentityInit } from './identity.ts';
import type { CatchUpPort } from './catch-up.ts';
import { Coordinator } from './coordinator.ts';
import type { CoordinatorInit, CoordinatorPort, WriteRefusal } from './coordinator.ts';
import type { LogMessage, LogRequest, LogResponse, RecoverResponse } from './message.ts';
import { Outbox } from './outbox.ts';
import type { LogBounds, LogTiming, TimerId } from './port.ts';
import { Recovery } from './recovery.ts';
import type { RecoveryInit } from './recovery.ts';
import { Replica } from './replica.ts';
import type { ReplicaInit } from './replica.ts';
import { Tally } from './tally.ts';
import { Witness } from './witness.ts';

/** What happens to a node. */
export type LogEvent =
  /** Once, before all others. */
  | { readonly type: 'start' }
  /** Asks the others what this replica has told them, now and not only when something else is asked: its disk may be an older one. */
  | { readonly type: 'ask around' }
  | { readonly type: 'message'; readonly from: string; readonly message: LogMessage }
  /** The write of that ticket, and all before it, are on the disk. */
  | { readonly type: 'persisted'; readonly ticket: number }
  /** What was to be read. */
  | { readonly type: 'read'; readonly read: number; readonly actions: readonly Action[] }
  | { readonly type: 'timer'; readonly timer: TimerId }
  /** A writer wants to be elected; the answer is the last position, or `lost`. */
  | { readonly type: 'elect'; readonly writer: number; readonly request: number }
  /** The answer is the position, or `demoted`. */
  | { readonly type: 'append'; readonly writer: number; readonly request: number; readonly bytes: Uint8Array }
  | { readonly type: 'truncate'; readonly writer: number; readonly request: number; readonly to: number }
  /** Sends what was appended since the last one: to come soon after `flush` was among the effects. */
  | { readonly type: 'flush' }
  /** A writer is used no more. */
  | { readonly type: 'retire'; readonly writer: number }
  /** The answer is the position up to which everything is learned. */
  | { readonly type: 'catch up'; readonly request: number }
  /** The answer is the first position, when the replica votes. */
  | { readonly type: 'await vote'; readonly request: number }
  /** The answer, which means nothing, comes when everything persisted so far is on the disk. */
  | { readonly type: 'await disk'; readonly request: number }
  /** Whoever made a call does not wait for it any more. */
  | { readonly type: 'forget'; readonly request: number }
  /** What was learned is to be on the disk before it is closed. */
  | { readonly type: 'stop' };

export type LogAnswer = number | 'lost' | WriteRefusal;

/** What is to be done. */
export interface LogEffects {
  readonly persists: { readonly ticket: number; readonly write: LogWrite }[];
  readonly sends: { readonly to: string; readonly message: LogMessage }[];
  readonly reads: { readonly read: number; readonly positions: Interval; readonly bytesMax: number }[];
  readonly timers: { readonly timer: TimerId; readonly minMs: number; readonly maxMs: number }[];
  readonly answers: { readonly request: number; readonly answer: LogAnswer }[];
  /** Writers that were elected and are so no more. */
  readonly demoted: number[];
  readonly warnings: string[];
  /** Why this replica is not to go on: its disk holds another log than those of the members, or less than it has told them. */
  readonly unfit: { readonly code: 'LOG_FOREIGN' | 'LOG_OUTDATED'; readonly text: string }[];
  /** Whether a `flush` is to come. */
  flush: boolean;
}

/** The parts that a node is made of. */
export interface LogNodeParts {
  readonly replica: (init: ReplicaInit) => Replica;
  readonly recovery: (init: RecoveryInit) => Recovery;
  readonly coordinator: (init: CoordinatorInit) => Coordinator;
  readonly identity: (init: IdentityInit) => Identity;
  readonly witness: () => Witness;
}

const ownParts: LogNodeParts = {
  replica: (init) => new Replica(init),
  recovery: (init) => new Recovery(init),
  coordinator: (init) => new Coordinator(init),
  identity: (init) => new Identity(init),
  witness: () => new Witness(),
};

export interface LogNodeInit {
  readonly self: string;
  readonly members: () => ReadonlySet<string>;
  /** @default that they are */
  readonly areMembersKnown?: () => boolean;
  readonly quorum: number;
  readonly clusterSize: number;
  readonly autoInitialize: boolean;
  readonly recovered: RecoveredLog;
  /** The actions at `recovered.unlearned`. */
  readonly unlearned: readonly Action[];
  /** A number from 0 to 2^52 that no life of any node has begun with: where its ids of requests begin. */
  readonly nonce: number;
  /** An id that no log has, for one that has none. */
  readonly freshId: string;
  readonly timing: LogTiming;
  readonly bounds: LogBounds;
  readonly parts?: Partial<LogNodeParts>;
}

export class LogNode {
  readonly #init: LogNodeInit;
  readonly #parts: LogNodeParts;
  readonly #outbox = new Outbox();
  readonly #replica: Replica;
  readonly #recovery: Recovery;
  readonly #identity: Identity;
  readonly #witness: Witness;
  readonly #writers = new Map<number, Coordinator>();
  readonly #catchUps = new Map<number, { cancel(): void }>();
  /** What waits until the replica votes. */
  readonly #whenVoting = new Map<number, () => void>();
  readonly #handlers = new Map<number, (from: string, response: LogResponse) => void>();
  readonly #timers = new Map<TimerId, () => void>();
  readonly #reading = new Map<number, (actions: readonly Action[]) => void>();
  /** Messages to itself, which are handled within the step. */
  readonly #own: LogMessage[] = [];
  /** Up to where others are known to have learned, and whether it is being learned here. */
  #noticed = 0;
  #isRepairing = false;
  /** Members that count with another quorum, and with which: each is told of once. */
  readonly #quorums = new Map<string, number>();
  #isAskingForLog = false;
  #ids: number;
  #effects = emptyEffects();

  constructor(init: LogNodeInit) {
    this.#init = init;
    this.#parts = { ...ownParts, ...init.parts };
    this.#ids = init.nonce;
    const { quorum, timing, bounds, recovered, unlearned, clusterSize, autoInitialize } = init;
    this.#replica = this.#parts.replica({
      recovered,
      unlearned,
      quorum,
      timing,
      bounds,
      port: {
        persist: (write) => {
          this.#effects.persists.push({ ticket: this.#outbox.issue(), write });
        },
        reply: (to, message) => {
          this.#outbox.whenDurable(() => {
            this.#send(to, message);
          });
        },
        read: (positions, bytesMax, callback) => {
          this.#outbox.whenDurable(() => {
            const read = ++this.#ids;
            this.#reading.set(read, callback);
            this.#effects.reads.push({ read, positions, bytesMax });
          });
        },
        after: this.#after,
      },
      onPromise: (proposal) => {
        for (const writer of this.#writers.values()) writer.promised(proposal);
      },
    });
    this.#recovery = this.#parts.recovery({
      port: this.#port(),
      replica: this.#replica,
      quorum,
      clusterSize,
      autoInitialize,
      freshId: init.freshId,
      timing,
      bounds,
      done: () => {
        const waiting = [...this.#whenVoting.values()];
        this.#whenVoting.clear();
        for (const begin of waiting) begin();
      },
      warn: this.#warn,
    });
    this.#identity = this.#parts.identity({
      replica: this.#replica,
      quorum,
      members: init.members,
      warn: this.#warn,
      foreign: (text) => {
        this.#effects.unfit.push({ code: 'LOG_FOREIGN', text });
      },
    });
    this.#witness = this.#parts.witness();
  }

  /** Whether it takes part in decisions, and counts as it was told to. */
  get isRecovered(): boolean {
    return this.#recovery.isDone;
  }

  /** What the replica says about itself; it may not be on the disk yet. */
  get metadata(): Metadata {
    return this.#replica.metadata;
  }

  get begin(): number {
    return this.#replica.begin;
  }

  get end(): number {
    return this.#replica.end;
  }

  /** The positions of `from` to `to` that are not learned, at most the first `max`. */
  missing(from: number, to: number, max?: number): Interval[] {
    return this.#replica.missing(from, to, max);
  }

  /** Whether everything that was to be persisted so far is on the disk. */
  get isDurable(): boolean {
    return this.#outbox.isDurable;
  }

  /** Whether a writer is elected, as far as it knows. */
  isElected(writer: number): boolean {
    return this.#writers.get(writer)?.isElected === true;
  }

  /** The proposal under which a writer was last elected. */
  proposalOf(writer: number): number {
    return this.#writers.get(writer)?.proposal ?? 0;
  }

  /** Takes an event and answers with what is to be done about it, in the order of each list. */
  step(event: LogEvent): LogEffects {
    this.#effects = emptyEffects();
    this.#handle(event);
    for (let message = this.#own.shift(); message !== undefined; message = this.#own.shift()) {
      this.#receive(this.#init.self, message);
    }
    return this.#effects;
  }

  #handle(event: LogEvent): void {
    switch (event.type) {
      case 'start':
        this.#recovery.start();
        return;
      case 'ask around':
        this.#port().broadcast({ type: 'log.recover', id: ++this.#ids, quorum: this.#init.quorum });
        return;
      case 'message':
        this.#receive(event.from, event.message);
        return;
      case 'persisted':
        this.#outbox.persisted(event.ticket);
        return;
      case 'read': {
        const callback = this.#reading.get(event.read);
        this.#reading.delete(event.read);
        callback?.(event.actions);
        return;
      }
      case 'timer': {
        const callback = this.#timers.get(event.timer);
        this.#timers.delete(event.timer);
        callback?.();
        return;
      }
      case 'elect':
        this.#onceVoting(event.request, () => {
          this.#writer(event.writer).elect(event.request);
        });
        return;
      case 'append': {
        const { bytes } = event;
        this.#write(event, () => ({ type: 'append', bytes }));
        return;
      }
      case 'truncate': {
        const { to } = event;
        this.#write(event, () => ({ type: 'truncate', to }));
        return;
      }
      case 'flush':
        for (const writer of this.#writers.values()) writer.flush();
        return;
      case 'retire':
        this.#writers.get(event.writer)?.resign();
        this.#writers.delete(event.writer);
        return;
      case 'catch up':
        this.#onceVoting(event.request, () => {
          this.#catchUp(event.request);
        });
        return;
      case 'await vote':
        this.#onceVoting(event.request, () => {
          this.#answer(event.request, this.#replica.begin);
        });
        return;
      case 'await disk':
        this.#outbox.whenDurable(() => {
          this.#answer(event.request, 0);
        });
        return;
      case 'forget':
        this.#whenVoting.delete(event.request);
        this.#catchUps.get(event.request)?.cancel();
        this.#catchUps.delete(event.request);
        return;
      case 'stop':
        this.#replica.tell();
        return;
      default:
        throw new TypeError(`No such event: ${String(event satisfies never)}`);
    }
  }

  #receive(from: string, message: LogMessage): void {
    const isHeard = from === this.#init.self || this.#identity.hears(from, message);
    if (message.log !== undefined && this.#replica.metadata.log === undefined) this.#askForLog();
    // Whoever asks is told what this replica is, so that both sides know.
    if (!isHeard && message.type !== 'log.recover') return;
    // What somebody says of another log means nothing here.
    if (from !== this.#init.self && message.log === this.#replica.metadata.log) this.#witness.heard(from, message);
    switch (message.type) {
      case 'log.promise':
        this.#replica.promise(from, message);
        return;
      case 'log.write':
        this.#replica.write(from, message);
        return;
      case 'log.learned':
        this.#replica.notice(message);
        if (from !== this.#init.self) this.#repair(from, message.to);
        return;
      case 'log.fetch':
        this.#replica.fetch(from, message);
        return;
      case 'log.recover':
        this.#replica.recover(from, message, isHeard ? this.#witness.of(from) : undefined);
        if (isHeard) this.#compare(from, message.quorum);
        return;
      case 'log.recovered':
        if (this.#isOutdated(from, message)) return;
        this.#handlers.get(message.id)?.(from, message);
        return;
      case 'log.promised':
      case 'log.written':
      case 'log.fetched':
        this.#handlers.get(message.id)?.(from, message);
        return;
      default:
        throw new TypeError(`No such message: ${String(message satisfies never)}`);
    }
  }

  /** Whether this replica has told somebody of more than its disk has. */
  #isOutdated(from: string, { heard }: RecoverResponse): boolean {
    const { metadata, end } = this.#replica;
    const text = heard === undefined ? undefined : this.#witness.lacking(from, heard, metadata, end);
    if (text !== undefined) this.#effects.unfit.push({ code: 'LOG_OUTDATED', text });
    return text !== undefined;
  }

  /** Says once of each member that it counts otherwise. */
  #compare(from: string, quorum: number): void {
    const own = this.#init.quorum;
    if (quorum !== own && this.#quorums.get(from) !== quorum) {
      this.#warn(`${from} was started with a quorum of ${quorum}, this replica with ${own}: they must be the same`);
    }
    this.#quorums.set(from, quorum);
  }

  /** Others say that the log has an id: takes it over when they agree. */
  #askForLog(): void {
    const { quorum, clusterSize, timing } = this.#init;
    const { status } = this.#replica;
    if (this.#isAskingForLog || status === 'EMPTY' || status === 'STARTING') return;
    this.#isAskingForLog = true;
    const port = this.#port();
    const answers = new Tally<RecoverResponse>();
    const id = port.expect((from, response) => {
      if (response.type !== 'log.recovered' || this.#replica.metadata.log !== undefined) return;
      answers.add(from, response, response);
      const log = agreedLog(answers, quorum, clusterSize);
      if (log !== undefined) this.#replica.become({ log });
    });
    port.broadcast({ type: 'log.recover', id, quorum });
    this.#after(timing.requestMs, timing.requestMs, () => {
      port.forget(id);
      this.#isAskingForLog = false;
    });
  }

  readonly #warn = (text: string): void => {
    this.#effects.warnings.push(text);
  };

  #write(event: { writer: number; request: number }, make: () => ActionValue): void {
    const refusal = this.#writers.get(event.writer)?.write(event.request, make) ?? undefined;
    if (refusal !== undefined) this.#answer(event.request, refusal);
    else if (!this.#writers.has(event.writer)) this.#answer(event.request, 'demoted');
  }

  #onceVoting(request: number, begin: () => void): void {
    if (this.#recovery.isDone && this.#outbox.isDurable) begin();
    else if (this.#recovery.isDone) this.#outbox.whenDurable(begin);
    else this.#whenVoting.set(request, begin);
  }

  #writer(id: number): Coordinator {
    let writer = this.#writers.get(id);
    if (writer === undefined) {
      const { quorum, clusterSize, timing, bounds, freshId } = this.#init;
      const port: CoordinatorPort = {
        ...this.#port(),
        answer: (request, outcome) => {
          this.#answer(request, outcome);
        },
        wantFlush: () => {
          this.#effects.flush = true;
        },
        demoted: () => {
          this.#effects.demoted.push(id);
        },
        warn: this.#warn,
      };
      const replica = this.#replica;
      writer = this.#parts.coordinator({ port, replica, freshId, quorum, clusterSize, timing, bounds });
      this.#writers.set(id, writer);
    }
    return writer;
  }

  /** Asks a quorum how far the log goes, and learns up to there. */
  #catchUp(request: number): void {
    const { quorum, timing, bounds } = this.#init;
    const port = this.#port();
    const answers = new Tally<RecoverResponse>();
    const ask = (): void => {
      port.broadcast({ type: 'log.recover', id, quorum });
      timer = port.after(timing.requestMs, timing.requestMs, ask);
    };
    let timer: TimerId | undefined;
    const cancel = (): void => {
      port.forget(id);
      if (timer !== undefined) port.cancel(timer);
    };
    const id = port.expect((from, response) => {
      if (response.type !== 'log.recovered' || response.status !== 'VOTING') return;
      answers.add(from, response, response);
      const { log } = this.#replica.metadata;
      const voting = new Map([...answers.answers()].filter(([, answer]) => answer.log === log));
      if (voting.size < quorum) return;
      cancel();
      const to = Math.max(...Array.from(voting.values(), ({ end }) => end));
      const catchUp = new CatchUp({
        port,
        replica: this.#replica,
        quorum,
        timing,
        bounds,
        from: 0,
        to,
        proposal: this.#replica.metadata.promised + 1,
        peers: [...voting.keys()],
        graceMs: timing.graceMs,
        done: () => {
          this.#catchUps.delete(request);
          this.#answer(request, to);
        },
      });
      this.#catchUps.set(request, catchUp);
      catchUp.start();
    });
    this.#catchUps.set(request, { cancel });
    ask();
  }

  /**
   * When somebody has learned what this replica has not, some of what it was sent is lost. After a while it fetches that, so that it does not stay
   * behind until somebody asks for it.
   */
  #repair(from: string, to: number): void {
    const { quorum, timing, bounds } = this.#init;
    this.#noticed = Math.max(this.#noticed, to);
    const replica = this.#replica;
    if (this.#isRepairing || replica.status !== 'VOTING' || replica.missing(0, to, 1).length === 0) return;
    this.#isRepairing = true;
    this.#after(timing.graceMs, timing.graceMs, () => {
      const catchUp = new CatchUp({
        port: this.#port(),
        replica,
        quorum,
        timing,
        bounds,
        from: 0,
        to: this.#noticed,
        proposal: 0,
        peers: [from],
        graceMs: 'for good',
        done: () => {
          this.#isRepairing = false;
        },
      });
      catchUp.start();
    });
  }

  #answer(request: number, answer: LogAnswer): void {
    this.#effects.answers.push({ request, answer });
  }

  #port(): CatchUpPort {
    const { self, members, areMembersKnown = () => true } = this.#init;
    return {
      self,
      members,
      areMembersKnown,
      send: this.#send,
      broadcast: (message: LogRequest) => {
        for (const member of members()) this.#send(member, message);
      },
      expect: (handler) => {
        const id = ++this.#ids;
        this.#handlers.set(id, handler);
        return id;
      },
      forget: (id) => {
        this.#handlers.delete(id);
      },
      after: this.#after,
      cancel: (timer) => {
        this.#timers.delete(timer);
      },
      whenDurable: (callback) => {
        this.#outbox.whenDurable(callback);
      },
    };
  }

  readonly #send = (to: string, message: LogMessage): void => {
    const { log } = this.#replica.metadata;
    const signed = log === undefined ? message : { ...message, log };
    if (to === this.#init.self) this.#own.push(signed);
    else this.#effects.sends.push({ to, message: signed });
  };

  readonly #after = (minMs: number, maxMs: number, callback: () => void): TimerId => {
    const timer = ++this.#ids;
    this.#timers.set(timer, callback);
    this.#effects.timers.push({ timer, minMs, maxMs });
    return timer;
  };
}

function emptyEffects(): LogEffects {
  return {
    persists: [],
    sends: [],
    reads: [],
    timers: [],
    answers: [],
    demoted: [],
    warnings: [],
    unfit: [],
    flush: false,
  };
}
