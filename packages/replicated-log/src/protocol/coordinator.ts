/**
 * The proposer of a writer. It asks which proposals are in use, is elected by a quorum of implicit promises to a greater one, has its replica learn
 * everything up to the last position that any of the quorum has a record of, and then writes to the positions behind, for which its promises hold, without
 * asking again. Many writes may be outstanding; they are chosen, learned and answered in the order of their positions.
 *
 * A log that has no id (it was initialised by hand, or is older than ids are) is given one by whoever is elected, before anything is written: by the
 * same rounds of Paxos. What a quorum of promises knows to have been accepted is proposed again, under the greatest proposal, else a new id; when a quorum has accepted
 * it, it is the id for good, and every message says so.
 */
import type { ActionValue } from './action.ts';
import { CatchUp } from './catch-up.ts';
import type { CatchUpPort } from './catch-up.ts';
import { IntervalSet } from '../interval-set.ts';
import type { LogResponse, PromiseResponse, Proposed, RecoverResponse } from './message.ts';
import type { LogBounds, LogTiming, TimerId } from './port.ts';
import { bytesOf } from './replica.ts';
import { agreedLog } from './identity.ts';
import { tooMany } from './recovery.ts';
import type { Replica } from './replica.ts';
import { Fences, Tally } from './tally.ts';

export interface CoordinatorInit {
  readonly port: CoordinatorPort;
  readonly replica: Replica;
  /** An id that no log has. */
  readonly freshId: string;
  readonly quorum: number;
  /** How many replicas there are when all are there. */
  readonly clusterSize: number;
  readonly timing: LogTiming;
  readonly bounds: LogBounds;
}

export interface CoordinatorPort extends CatchUpPort {
  /** The answer to a call: a position, or that there is none. */
  answer(request: number, outcome: number | 'lost' | 'demoted'): void;
  /** Asks for a `flush` when nothing more is to be expected at the moment. */
  wantFlush(): void;
  /** Tells that an elected coordinator is one no more. */
  demoted(): void;
  /** Something that an operator should know. */
  warn(text: string): void;
}

/** Why a write is not taken. */
export type WriteRefusal = 'demoted' | 'LOG_OVERLOADED' | 'LOG_TOO_LARGE' | 'LOG_POSITION_INVALID';

interface Outstanding extends Proposed {
  readonly request: number;
}

type Phase = 'idle' | 'promising' | 'naming' | 'catching up' | 'elected';

export class Coordinator {
  readonly #init: CoordinatorInit;
  #phase: Phase = 'idle';
  #proposal = 0;
  /** The call that waits for the election. */
  #election: number | undefined;
  #id: number | undefined;
  #timer: TimerId | undefined;
  #catchUp: CatchUp | undefined;
  #promises = new Tally<PromiseResponse>();
  #fences = new Fences();
  /** The first position that this term writes to, and the next. */
  #first = 0;
  #next = 0;
  /** Everything of this term up to here has been chosen, and up to there sent. */
  #chosen = 0;
  #sent = 0;
  #chosenAtRetry = 0;
  /** What is not chosen: positions `#chosen + 1` to `#next - 1`. */
  readonly #outstanding: Outstanding[] = [];
  #outstandingBytes = 0;
  #accepted = new Map<string, { incarnation: number; positions: IntervalSet }>();
  #flushWanted = false;
  /** Whether it has said that there are too many replicas to decide anything. */
  #isHeld = false;

  constructor(init: CoordinatorInit) {
    this.#init = init;
  }

  get isElected(): boolean {
    return this.#phase === 'elected';
  }

  /** The proposal of the last election. */
  get proposal(): number {
    return this.#proposal;
  }

  /** Begins a new term; whatever is outstanding of the one before is answered `demoted`. */
  elect(request: number): void {
    const { port, timing, quorum } = this.#init;
    this.#leave();
    const { size } = port.members();
    if (!port.areMembersKnown()) {
      port.answer(request, 'lost');
      return;
    }
    if (size > 2 * quorum - 1) {
      // Two quorums that share nobody would be two logs.
      port.warn(tooMany(size, quorum));
      port.answer(request, 'lost');
      return;
    }
    this.#phase = 'promising';
    this.#election = request;
    this.#fences = new Fences();
    this.#accepted = new Map();
    this.#timer = port.after(timing.electionMs, timing.electionMs, () => {
      this.#leave();
    });
    this.#askForNumbers();
  }

  /** Asks a quorum which proposals are in use: a number that is too small would cost the election. */
  #askForNumbers(): void {
    const { port, replica, quorum, clusterSize, timing } = this.#init;
    const answers = new Tally<RecoverResponse>();
    const { log: asked } = replica.metadata;
    const id = this.#expect((from, response) => {
      if (response.type !== 'log.recovered') return;
      if (response.quorum !== quorum) {
        port.warn(`${from} has a quorum of ${response.quorum}, this replica one of ${quorum}: they must be the same`);
        // It promises nothing to somebody for whom fewer decide.
        if (response.quorum > quorum) return;
      }
      answers.add(from, response, response);
      if (replica.metadata.log === undefined) {
        const log = agreedLog(answers, quorum, clusterSize);
        if (log !== undefined) replica.become({ log });
      }
      if (replica.metadata.log !== asked) {
        // What was answered without the id, here and elsewhere, is to be answered with it.
        this.#askForNumbers();
        return;
      }
      const { log: own } = replica.metadata;
      const voting = [...answers.answers().values()].filter(({ status, log }) => status === 'VOTING' && log === own);
      if (voting.length >= quorum) {
        this.#askForPromises(Math.max(...voting.map(({ promised }) => promised), replica.metadata.promised));
      } else if (answers.size - voting.length === quorum) {
        // Those who have no vote may be about to get it, as when the log begins.
        const [min, max] = timing.backoffMs;
        port.after(min, max, () => {
          if (this.#id === id) this.#askForNumbers();
        });
      }
    });
    port.broadcast({ type: 'log.recover', id, quorum });
  }

  #askForPromises(seen: number): void {
    this.#proposal = this.nextProposal(Math.max(this.#proposal, seen));
    this.#promises = new Tally();
    const id = this.#expect((from, response) => {
      this.#heard(from, response);
    });
    const { port, quorum } = this.#init;
    port.broadcast({ type: 'log.promise', id, proposal: this.#proposal, quorum });
  }

  /** From now on, answers are to the next question only. */
  #expect(handler: (from: string, response: LogResponse) => void): number {
    const { port } = this.#init;
    if (this.#id !== undefined) port.forget(this.#id);
    this.#id = port.expect(handler);
    return this.#id;
  }

  /** A proposal that is greater than those seen. */
  protected nextProposal(seen: number): number {
    return seen + 1;
  }

  /** Takes a value for the next position; it is answered when it has been chosen. */
  write(request: number, make: (position: number) => ActionValue): WriteRefusal | undefined {
    if (this.#phase !== 'elected') return 'demoted';
    const { bounds } = this.#init;
    const value = make(this.#next);
    const bytes = bytesOf(value);
    if (bytes > bounds.entryBytes) return 'LOG_TOO_LARGE';
    if (value.type === 'truncate' && !(Number.isSafeInteger(value.to) && value.to >= 0 && value.to <= this.#next)) {
      return 'LOG_POSITION_INVALID';
    }
    if (
      this.#outstanding.length >= bounds.outstandingEntries ||
      (this.#outstanding.length > 0 && this.#outstandingBytes + bytes > bounds.outstandingBytes)
    ) {
      return 'LOG_OVERLOADED';
    }
    this.#outstanding.push({ position: this.#next++, value, request });
    this.#outstandingBytes += bytes;
    if (!this.#flushWanted) {
      this.#flushWanted = true;
      this.#init.port.wantFlush();
    }
    return undefined;
  }

  /** Sends what has been taken since the last time, in as few messages as the bounds allow. */
  flush(): void {
    this.#flushWanted = false;
    if (this.#phase !== 'elected' || this.#sent + 1 >= this.#next) return;
    const writes = this.#outstanding.slice(this.#sent - this.#chosen);
    this.#sent = this.#next - 1;
    const { port, timing, quorum } = this.#init;
    for (const piece of this.#pieces(writes)) {
      if (this.#id === undefined) return;
      port.broadcast({ type: 'log.write', id: this.#id, proposal: this.#proposal, quorum, writes: piece });
    }
    if (this.#timer === undefined && this.#phase === 'elected') {
      this.#timer = port.after(timing.writeMs, timing.writeMs, () => {
        this.#retry();
      });
    }
  }

  /** The local replica has promised to somebody. */
  promised(proposal: number): void {
    if (proposal > this.#proposal && this.#phase !== 'idle') this.#leave();
  }

  /** Gives up the term: outstanding calls are answered. */
  resign(): void {
    this.#leave();
  }

  #heard(from: string, response: LogResponse): void {
    if (response.type === 'log.promised') this.#onPromise(from, response);
    else if (response.type === 'log.written') {
      this.#fences.hear(from, response);
      if (response.verdict === 'reject' && response.proposal > this.#proposal) {
        this.#proposal = response.proposal;
        this.#leave();
      } else if (response.verdict === 'accept' && this.#phase === 'elected') {
        const incarnation = response.incarnation ?? 0;
        let there = this.#accepted.get(from);
        if (there === undefined || there.incarnation < incarnation) {
          there = { incarnation, positions: new IntervalSet() };
          this.#accepted.set(from, there);
        }
        if (there.incarnation === incarnation) {
          for (const { from: first, to } of response.positions) there.positions.add(first, to);
        }
        this.#advance();
        // Somebody else has decided a position that was to be written here.
        if (response.decided?.some(({ to }) => to > this.#chosen) === true) this.#leave();
      }
    }
  }

  #onPromise(from: string, response: PromiseResponse): void {
    if (this.#phase !== 'promising') return;
    this.#promises.add(from, response, response);
    const answers = this.#promises.answers();
    const voted = [...answers.values()].filter(({ verdict }) => verdict !== 'ignore');
    const highest = Math.max(0, ...voted.filter(({ verdict }) => verdict === 'reject').map(({ proposal }) => proposal));
    if (highest > 0) {
      // Remembered, so that the next try has a chance.
      this.#proposal = Math.max(this.#proposal, highest);
      this.#leave();
    } else if (voted.length >= this.#init.quorum) {
      const end = Math.max(...voted.map((answer) => answer.end));
      const peers = [...answers].filter(([, { verdict }]) => verdict !== 'ignore').map(([member]) => member);
      this.#name(voted, () => {
        this.#catchUpTo(end, peers);
      });
    } else if (answers.size - voted.length >= this.#init.quorum) {
      this.#leave();
    }
  }

  /** Gives the log an id if it has none, and goes on. */
  #name(promises: readonly PromiseResponse[], then: () => void): void {
    const { port, replica, quorum, freshId } = this.#init;
    if (replica.metadata.log !== undefined) {
      then();
      return;
    }
    this.#phase = 'naming';
    const [accepted] = promises
      .flatMap(({ naming }) => naming ?? [])
      .toSorted((one, other) => other.proposal - one.proposal);
    const name = accepted?.log ?? freshId;
    const acceptances = new Tally<boolean>(this.#fences);
    const id = this.#expect((from, response) => {
      if (response.type !== 'log.written') return;
      if (response.verdict === 'reject') {
        this.#proposal = Math.max(this.#proposal, response.proposal);
        this.#leave();
      } else if (response.verdict === 'accept') {
        acceptances.add(from, response, response.named === true);
        const counted = [...acceptances.answers().values()];
        if (counted.length < quorum) return;
        // Members that know of no ids do not accept one: the log has none as long as they are needed.
        if (counted.filter((isNamed) => isNamed).length >= quorum) replica.become({ log: name });
        this.#expect((member, answer) => {
          this.#heard(member, answer);
        });
        then();
      }
    });
    port.broadcast({ type: 'log.write', id, proposal: this.#proposal, quorum, writes: [], name });
  }

  #catchUpTo(end: number, peers: readonly string[]): void {
    const { port, replica, quorum, timing, bounds } = this.#init;
    this.#phase = 'catching up';
    this.#stopTimer();
    this.#catchUp = new CatchUp({
      port,
      replica,
      quorum,
      timing,
      bounds,
      from: 0,
      to: end,
      // Greater than what was just promised, which would be refused for these positions.
      proposal: this.#proposal + 1,
      peers,
      graceMs: 0,
      isLost: (implicit) => implicit > this.#proposal,
      done: (outcome) => {
        this.#catchUp = undefined;
        if (outcome === 'learned') this.#elected(end);
        else this.#leave();
      },
    });
    this.#catchUp.start();
  }

  #elected(end: number): void {
    this.#phase = 'elected';
    this.#first = end + 1;
    this.#next = end + 1;
    this.#chosen = end;
    this.#sent = end;
    this.#chosenAtRetry = end;
    const election = this.#election;
    this.#election = undefined;
    if (election !== undefined) this.#init.port.answer(election, end);
  }

  /** Goes on to the last position up to which everything is chosen. */
  #advance(): void {
    const { port, replica, quorum } = this.#init;
    const { size } = port.members();
    const isHeld = size > 2 * quorum - 1;
    if (isHeld && !this.#isHeld) port.warn(tooMany(size, quorum));
    this.#isHeld = isHeld;
    // Another quorum may share nobody with the one that is counted here.
    if (isHeld) return;
    // What is not sent is not accepted by anybody.
    const throughs = [...this.#accepted]
      .filter(([member, { incarnation }]) => this.#fences.stands(member, incarnation))
      .map(([, { positions }]) => positions.containing(this.#chosen + 1)?.to ?? this.#chosen)
      .toSorted((one, other) => other - one);
    const through = throughs[quorum - 1] ?? this.#chosen;
    if (through <= this.#chosen) return;
    const done = this.#outstanding.splice(0, through - this.#chosen);
    this.#chosen = through;
    for (const { value } of done) this.#outstandingBytes -= bytesOf(value);
    for (const { positions } of this.#accepted.values()) positions.remove(0, through - 1);
    // Here first: whoever is answered may read at once.
    const notice = { type: 'log.learned', proposal: this.#proposal, from: this.#first, to: through } as const;
    replica.notice(notice);
    port.broadcast(notice);
    const isHere = done.every(({ position }) => replica.isLearned(position));
    for (const { position, request } of done) port.answer(request, isHere ? position : 'demoted');
    // Its replica did not accept what a quorum has: it must find out by an election what there is.
    if (!isHere) this.#leave();
  }

  /** Asks those who have not accepted again, as far as one message goes. */
  #retry(): void {
    const { port, timing, quorum } = this.#init;
    this.#timer = undefined;
    if (this.#outstanding.length === 0 || this.#id === undefined) return;
    if (this.#isHeld) this.#advance();
    if (this.#outstanding.length === 0 || this.#id === undefined) return;
    if (this.#chosen === this.#chosenAtRetry) {
      for (const member of port.members()) {
        const there = this.#accepted.get(member)?.positions;
        const lacking = this.#outstanding.filter(
          ({ position }) => position <= this.#sent && there?.has(position) !== true,
        );
        const [piece] = this.#pieces(lacking);
        if (piece !== undefined) {
          port.send(member, { type: 'log.write', id: this.#id, proposal: this.#proposal, quorum, writes: piece });
        }
      }
    }
    this.#chosenAtRetry = this.#chosen;
    this.#timer = port.after(timing.writeMs, timing.writeMs, () => {
      this.#retry();
    });
  }

  *#pieces(writes: readonly Outstanding[]): Generator<Proposed[]> {
    const { messageBytes, messageEntries } = this.#init.bounds;
    let piece: Proposed[] = [];
    let bytes = 0;
    for (const { position, value } of writes) {
      if (piece.length > 0 && (piece.length >= messageEntries || bytes + bytesOf(value) > messageBytes)) {
        yield piece;
        piece = [];
        bytes = 0;
      }
      piece.push({ position, value });
      bytes += bytesOf(value);
    }
    if (piece.length > 0) yield piece;
  }

  /** Back to being nobody: whoever waits is told. */
  #leave(): void {
    const { port } = this.#init;
    const was = this.#phase;
    this.#phase = 'idle';
    this.#stopTimer();
    if (this.#id !== undefined) port.forget(this.#id);
    this.#id = undefined;
    this.#catchUp?.cancel();
    this.#catchUp = undefined;
    const election = this.#election;
    this.#election = undefined;
    const left = this.#outstanding.splice(0);
    this.#outstandingBytes = 0;
    for (const { request } of left) port.answer(request, 'demoted');
    if (election !== undefined) port.answer(election, 'lost');
    if (was === 'elected') port.demoted();
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#init.port.cancel(this.#timer);
    this.#timer = undefined;
  }
}
