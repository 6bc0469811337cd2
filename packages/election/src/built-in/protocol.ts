/** The election of a leader by the masters' own quorum, as a state machine: no clock, no chance, no network, no disk. */
import { clockMargin } from '../clock-margin.ts';
import type { Ask, Answer, Confirm, ElectionMessage, Lead, Peer, Release, Vote } from './messages.ts';

/** What an election is about. */
export interface ProtocolSettings {
  readonly self: Peer;
  /** All masters, this one among them. */
  readonly peers: readonly Peer[];
  /** How many of them make a leader: more than half. */
  readonly quorum: number;
  /** How long a leader leads without being confirmed, in milliseconds of its clock. */
  readonly leaseMs: number;
  /** How long who confirmed it votes for nobody else, in milliseconds of its own clock: longer, by as much as clocks may differ. */
  readonly promiseMs: number;
  /** How often a leader has itself confirmed, in milliseconds. */
  readonly heartbeatMs: number;
}

/** The settings for a lease: clocks may go wrong by ten in a hundred, either way. */
export function protocolSettings(
  self: Peer,
  peers: readonly Peer[],
  quorum: number,
  leaseMs: number,
): ProtocolSettings {
  return { self, peers, quorum, leaseMs, promiseMs: leaseMs * clockMargin, heartbeatMs: leaseMs / 5 };
}

/** Something that happens. */
export type ProtocolEvent<Info> =
  /** Time has passed. */
  | { readonly type: 'tick' }
  | { readonly type: 'received'; readonly from: Peer; readonly message: ElectionMessage<Info> }
  /** This master wants to lead from now on. */
  | { readonly type: 'contend'; readonly info: Info }
  /** It does not any more. */
  | { readonly type: 'withdraw' };

/** When something happens. */
export interface Moment {
  /** By a clock that never goes back. */
  readonly nowMs: number;
  /** From 0 to 1, without 1. */
  readonly random: number;
}

/** What is to be done, in this order: nothing is to be sent before what is to be kept would survive a loss of power. */
export interface ProtocolOutput<Info> {
  readonly persist: Vote | undefined;
  readonly messages: readonly { readonly to: Peer; readonly message: ElectionMessage<Info> }[];
}

/** Who leads, as far as a master knows. */
export interface KnownLeader<Info> {
  readonly peer: Peer;
  readonly term: number;
  readonly info: Info;
}

/** A promise to vote for nobody else. */
interface Promised {
  readonly to: Peer;
  readonly term: number;
  readonly untilMs: number;
  /** Whether it was given in an earlier life: then it is kept for that term only. */
  readonly isEarlier?: true;
}

interface Candidacy {
  readonly isTrial: boolean;
  readonly term: number;
  readonly sentMs: number;
  readonly grants: Set<Peer>;
  readonly giveUpMs: number;
}

interface Leading {
  readonly term: number;
  /** By peer, when the latest of what it confirmed was sent. */
  readonly confirmed: Map<Peer, number>;
  heartbeatDueMs: number;
}

/**
 * One master's part in the election.
 *
 * A leader has a lease: it counts from when that was sent which a quorum has confirmed. Each who confirms promises, from when it heard it and for
 * longer than the lease, to vote for nobody else. So whoever is elected next has the vote of somebody for whom the lease before is over. One that
 * has been started again may have promised something and waits as long as that could last; votes and terms it finds on its disk, so that a
 * term has one leader. There it also finds to whom its last promise was, since that was there before anybody was told: that one it
 * may confirm at once, in the same term, so that a leader does not need more patience from the others because they were started again. A promise to itself
 * was for a lease that has ended with it.
 *
 * Who wants to lead first asks whether it would get the votes: one that was cut off does not disturb the others when it comes back.
 */
export class ElectionProtocol<Info> {
  readonly #settings: ProtocolSettings;
  #vote: Vote;
  #info: Info | undefined;
  #promised: Promised | undefined;
  #leader: KnownLeader<Info> | undefined;
  #candidacy: Candidacy | undefined;
  #leading: Leading | undefined;
  #electionDueMs = Infinity;
  /** The highest term that was heard of. */
  #termSeen: number;
  #persist: Vote | undefined;
  #messages: { readonly to: Peer; readonly message: ElectionMessage<Info> }[] = [];

  /**
   * @param vote What it left on its disk; undefined when there is nothing.
   * @param nowMs When it was started.
   */
  constructor(settings: ProtocolSettings, vote: Vote | undefined, nowMs: number) {
    this.#settings = settings;
    this.#vote = vote ?? { term: 0, votedFor: undefined };
    this.#termSeen = this.#vote.term;
    // Without a disk it may have been anybody.
    const { to = '', term = 0 } = this.#vote.promised ?? {};
    const untilMs = nowMs + settings.promiseMs;
    if (to !== settings.self) this.#promised = { to, term, untilMs, isEarlier: true };
  }

  /** Until when this master leads, by the clock of the events; undefined when it does not. */
  get leaseUntilMs(): number | undefined {
    if (this.#leading === undefined) return undefined;
    const { leaseMs, quorum } = this.#settings;
    const sent = [...this.#leading.confirmed.values()].toSorted((one, other) => other - one)[quorum - 1];
    return sent === undefined ? undefined : sent + leaseMs;
  }

  /** The term in which this master leads; undefined when it does not. */
  get leadingTerm(): number | undefined {
    return this.#leading?.term;
  }

  /** Who leads at a moment, as far as this master knows. */
  leaderAt(nowMs: number): KnownLeader<Info> | undefined {
    if (this.#leader === undefined) return undefined;
    const untilMs = this.#leader.peer === this.#settings.self ? this.leaseUntilMs : this.#promised?.untilMs;
    return untilMs !== undefined && nowMs < untilMs ? this.#leader : undefined;
  }

  /** When the next tick is due; infinite when nothing is to be expected. */
  get wakeMs(): number {
    if (this.#leading !== undefined) return Math.min(this.#leading.heartbeatDueMs, this.leaseUntilMs ?? 0);
    const known = this.#leader === undefined ? Infinity : (this.#promised?.untilMs ?? Infinity);
    return Math.min(known, this.#candidacy?.giveUpMs ?? this.#electionDueMs);
  }

  /** Takes an event in, and answers what is to be done. */
  step(event: ProtocolEvent<Info>, moment: Moment): ProtocolOutput<Info> {
    this.#persist = undefined;
    this.#messages = [];
    // Whatever has happened: a leader whose lease is over is none any more.
    this.#checkLease(moment);
    switch (event.type) {
      case 'tick':
        break;
      case 'received':
        if (event.from !== this.#settings.self && this.#settings.peers.includes(event.from)) {
          this.#receive(event.from, event.message, moment);
        }
        break;
      case 'contend':
        this.#info = event.info;
        this.#plan(moment);
        break;
      case 'withdraw':
        this.#info = undefined;
        this.#electionDueMs = Infinity;
        this.#giveUp(moment);
        break;
    }
    this.#tick(moment);
    return { persist: this.#persist, messages: this.#messages };
  }

  #receive(from: Peer, message: ElectionMessage<Info>, moment: Moment): void {
    this.#termSeen = Math.max(this.#termSeen, message.term);
    switch (message.type) {
      case 'ask':
        this.#asked(from, message, moment);
        break;
      case 'answer':
        this.#answered(from, message, moment);
        break;
      case 'lead':
        this.#led(from, message, moment);
        break;
      case 'confirm':
        this.#confirmed(from, message, moment);
        break;
      case 'release':
        this.#released(from, message, moment);
        break;
    }
  }

  #asked(from: Peer, { isTrial, sentMs, term }: Ask, moment: Moment): void {
    const isFree = this.#isFreeFor(from, moment.nowMs);
    const isNew = term > this.#vote.term;
    const isAgain = !isTrial && term === this.#vote.term && this.#vote.votedFor === from;
    const isGranted = isFree && (isNew || isAgain);
    if (isGranted && !isTrial) {
      // Whoever it was that wanted the same: there is a later term now.
      this.#abandon();
      this.#keep({ term, votedFor: from });
      this.#promise(from, term, moment);
    }
    const answer: Answer = { type: 'answer', term: isGranted ? term : this.#termSeen, isTrial, isGranted, sentMs };
    this.#send(from, answer);
  }

  #answered(from: Peer, { isGranted, isTrial, sentMs, term }: Answer, moment: Moment): void {
    const candidacy = this.#candidacy;
    const isOurs = candidacy?.isTrial === isTrial && candidacy.sentMs === sentMs;
    if (!isOurs || !isGranted || term !== candidacy.term) return;
    candidacy.grants.add(from);
    this.#count(candidacy, moment);
  }

  #count(candidacy: Candidacy, moment: Moment): void {
    if (candidacy.grants.size < this.#settings.quorum) return;
    if (candidacy.isTrial) this.#ask(false, moment);
    else this.#lead(candidacy, moment);
  }

  #led(from: Peer, { info, sentMs, term }: Lead<Info>, moment: Moment): void {
    // Promises count, not terms. Who has promised something to another keeps that, also in a later term, which a lost disk or a message that
    // was long under way can bring about; who is free follows also in an earlier one, since it was elected by others than this.
    if (!this.#isFreeFor(from, moment.nowMs, term)) return;
    this.#abandon();
    if (term > this.#vote.term) this.#keep({ term, votedFor: from });
    this.#leader = { peer: from, term, info };
    this.#promise(from, term, moment);
    this.#send(from, { type: 'confirm', term, sentMs });
  }

  #confirmed(from: Peer, { sentMs, term }: Confirm, { nowMs }: Moment): void {
    if (this.#leading?.term !== term || !(sentMs <= nowMs)) return;
    const before = this.#leading.confirmed.get(from) ?? -Infinity;
    this.#leading.confirmed.set(from, Math.max(before, sentMs));
  }

  #released(from: Peer, { term }: Release, moment: Moment): void {
    if (this.#promised?.to !== from || this.#promised.term !== term) return;
    this.#promised = undefined;
    if (this.#leader?.peer === from) this.#leader = undefined;
    this.#plan(moment);
  }

  #tick(moment: Moment): void {
    const { nowMs } = moment;
    if (this.#leading !== undefined) {
      if (nowMs >= this.#leading.heartbeatDueMs) this.#heartbeat(this.#leading, moment);
      return;
    }
    if (this.#leader !== undefined && this.leaderAt(nowMs) === undefined) this.#leader = undefined;
    if (this.#candidacy !== undefined && nowMs >= this.#candidacy.giveUpMs) {
      this.#giveUp(moment);
      this.#plan(moment);
    }
    if (this.#candidacy === undefined && this.#info !== undefined && nowMs >= this.#electionDueMs) {
      this.#ask(true, moment);
    }
  }

  /** Asks everybody, itself first. */
  #ask(isTrial: boolean, moment: Moment): void {
    const { leaseMs, self } = this.#settings;
    const { nowMs, random } = moment;
    this.#electionDueMs = Infinity;
    if (!this.#isFreeFor(self, nowMs)) {
      this.#candidacy = undefined;
      this.#plan(moment);
      return;
    }
    const term = Math.max(this.#vote.term, this.#termSeen) + 1;
    const giveUpMs = nowMs + leaseMs * (0.25 + random / 4);
    const candidacy: Candidacy = { isTrial, term, sentMs: nowMs, grants: new Set([self]), giveUpMs };
    this.#candidacy = candidacy;
    if (!isTrial) {
      this.#keep({ term, votedFor: self });
      this.#promise(self, term, moment);
    }
    this.#broadcast({ type: 'ask', term, isTrial, sentMs: nowMs });
    this.#count(candidacy, moment);
  }

  /** It is elected: its lease counts from when it asked. */
  #lead({ grants, sentMs, term }: Candidacy, moment: Moment): void {
    const { leaseMs, self } = this.#settings;
    const info = this.#info;
    if (info === undefined || moment.nowMs >= sentMs + leaseMs) {
      // The votes have come too late.
      this.#giveUp(moment);
      this.#plan(moment);
      return;
    }
    this.#candidacy = undefined;
    const confirmed = new Map([...grants].map((peer) => [peer, sentMs]));
    this.#leading = { term, confirmed, heartbeatDueMs: moment.nowMs };
    this.#leader = { peer: self, term, info };
  }

  #heartbeat(leading: Leading, moment: Moment): void {
    const { heartbeatMs, self } = this.#settings;
    const { nowMs } = moment;
    const info = this.#info;
    if (info === undefined) return;
    leading.heartbeatDueMs = nowMs + heartbeatMs;
    leading.confirmed.set(self, nowMs);
    this.#promise(self, leading.term, moment);
    this.#broadcast({ type: 'lead', term: leading.term, sentMs: nowMs, info });
  }

  #checkLease(moment: Moment): void {
    const untilMs = this.leaseUntilMs;
    if (untilMs === undefined || moment.nowMs < untilMs) return;
    // It contends no more by itself: who led and does no more has to begin anew.
    this.#info = undefined;
    this.#giveUp(moment);
  }

  /** Ends whatever it has, and tells those who have promised it something. */
  #giveUp({ nowMs }: Moment): void {
    const term = this.#leading?.term ?? (this.#candidacy?.isTrial === false ? this.#candidacy.term : undefined);
    this.#candidacy = undefined;
    if (this.#leading !== undefined) {
      this.#leading = undefined;
      this.#leader = undefined;
    }
    if (term === undefined) return;
    if (this.#promised?.to === this.#settings.self && this.#promised.untilMs > nowMs) this.#promised = undefined;
    this.#broadcast({ type: 'release', term });
  }

  /** Another has won, or is about to: those who voted for this one are free. */
  #abandon(): void {
    const candidacy = this.#candidacy;
    this.#candidacy = undefined;
    if (candidacy?.isTrial !== false) return;
    if (this.#promised?.to === this.#settings.self) this.#promised = undefined;
    this.#broadcast({ type: 'release', term: candidacy.term });
  }

  /** Wants to be elected when nobody leads, a little earlier or later than others. */
  #plan({ nowMs, random }: Moment): void {
    if (this.#info === undefined || this.#leading !== undefined) return;
    const freeMs = Math.max(nowMs, this.#promised?.untilMs ?? nowMs);
    this.#electionDueMs = freeMs + (random * this.#settings.leaseMs) / 2;
  }

  /** @param term That in which it leads, when it does. */
  #isFreeFor(peer: Peer, nowMs: number, term?: number): boolean {
    const promised = this.#promised;
    if (promised === undefined || nowMs >= promised.untilMs) return true;
    return promised.to === peer && (promised.isEarlier === undefined || promised.term === term);
  }

  #promise(to: Peer, term: number, moment: Moment): void {
    if (this.#leader?.peer !== to) this.#leader = undefined;
    this.#promised = { to, term, untilMs: moment.nowMs + this.#settings.promiseMs };
    const kept = this.#vote.promised;
    if (kept?.to !== to || kept.term !== term) this.#write({ ...this.#vote, promised: { to, term } });
    if (this.#candidacy === undefined) this.#plan(moment);
  }

  #keep({ term, votedFor }: Vote): void {
    if (term === this.#vote.term && votedFor === this.#vote.votedFor) return;
    this.#write({ ...this.#vote, term, votedFor });
  }

  #write(vote: Vote): void {
    this.#vote = vote;
    this.#termSeen = Math.max(this.#termSeen, vote.term);
    this.#persist = vote;
  }

  #broadcast(message: ElectionMessage<Info>): void {
    const { peers, self } = this.#settings;
    for (const peer of peers) if (peer !== self) this.#send(peer, message);
  }

  #send(to: Peer, message: ElectionMessage<Info>): void {
    this.#messages.push({ to, message });
  }
}
