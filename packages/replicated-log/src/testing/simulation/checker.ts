/**
 * What must hold of a replicated log at every moment, whatever goes wrong. It looks at what reaches disks, what is sent, and what writers
 * and readers are told; it shares nothing with the protocol but the meaning of its messages.
 */
import type { ActionValue, Interval, Metadata } from '../../protocol/action.ts';
import { IntervalSet, positionsOf } from '../../interval-set.ts';
import type { LogMessage } from '../../protocol/message.ts';
import type { LogWrite } from '../../storage/log-storage.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

/** Something that must never be the case has been. */
export class LogViolation extends Error {
  /** Which of the checks has failed. */
  readonly check: string;
  /** What was seen instead. */
  readonly text: string;

  constructor(check: string, text: string) {
    super(`${check}: ${text}`);
    this.name = 'LogViolation';
    this.check = check;
    this.text = text;
  }
}

/** Who has accepted a value under a proposal. */
interface Acceptance {
  readonly performed: number;
  readonly text: string;
  /** Those whose disks have not been lost since. */
  readonly live: Set<string>;
  readonly ever: Set<string>;
}

interface Election {
  readonly proposal: number;
  readonly end: number;
}

/** What is checked: all; what comes of it (values, answers, progress), without a look at disks; or nothing. */
export type LogChecks = 'all' | 'outcomes' | 'none';

export class LogChecker {
  readonly #quorum: number;
  /** What is at each position for good. */
  readonly #decided = new Map<number, string>();
  /** What replicas have had on their disks at each position. */
  readonly #accepted = new Map<number, Acceptance[]>();
  /** Where each value that was appended is. */
  readonly #appended = new Map<string, number>();
  /** The positions that explicit promises were asked for, by the id of the question. */
  readonly #asked = new Map<number, readonly Interval[]>();
  readonly #elections: Election[] = [];
  readonly #acknowledged = new Map<number, string>();
  /** Of each term, the last call that was acknowledged, and its position. */
  readonly #calls = new Map<number, { readonly call: number; readonly position: number }>();
  #lastAcknowledged = 0;
  #truncatedTo = 0;
  #name: string | undefined;
  /** Replicas that have a disk of another log. */
  readonly #foreign = new Set<string>();

  readonly #checks: LogChecks;

  /** @param quorum The true one, whatever the nodes believe. */
  constructor(quorum: number, checks: LogChecks = 'all') {
    this.#quorum = quorum;
    this.#checks = checks;
  }

  /** The value at a position, as a text; undefined while it is open. */
  decided(position: number): string | undefined {
    return this.#decided.get(position);
  }

  get acknowledged(): ReadonlyMap<number, string> {
    return this.#acknowledged;
  }

  /** The greatest position up to which a decided truncation goes. */
  get truncatedTo(): number {
    return this.#truncatedTo;
  }

  /** A write of a replica is on its disk for good. */
  synced(replica: string, { actions = [], metadata }: LogWrite): void {
    if (this.#foreign.has(replica)) return;
    const log = metadata?.log;
    if (log !== undefined) {
      this.#name ??= log;
      if (log !== this.#name)
        this.#violated('a log has one id', `${replica} takes it for ${log}, and it is ${this.#name}`);
    }
    for (const { position, performed, value, learned } of actions) {
      if (performed === undefined || value === undefined || learned === true) continue;
      const text = textOf(value);
      let acceptances = this.#accepted.get(position);
      if (acceptances === undefined) this.#accepted.set(position, (acceptances = []));
      let found = acceptances.find((acceptance) => acceptance.performed === performed && acceptance.text === text);
      if (found === undefined) acceptances.push((found = { performed, text, live: new Set(), ever: new Set() }));
      found.live.add(replica);
      found.ever.add(replica);
      if (found.live.size >= this.#quorum) this.#decide(position, value, 'a quorum has accepted');
    }
  }

  /** A replica is given a disk of another log: from now on it counts for nothing. */
  swapped(replica: string): void {
    this.wiped(replica);
    this.#foreign.add(replica);
  }

  /** The disk of a replica is lost: what it has accepted there is as if it never had, unless it had been decided before. */
  wiped(replica: string): void {
    this.#foreign.delete(replica);
    for (const acceptances of this.#accepted.values()) for (const { live } of acceptances) live.delete(replica);
  }

  /** A replica writes: what it claims to have learned must be what was chosen. */
  written(replica: string, { actions = [], learned = [] }: LogWrite, disk: SimulatedDisk): void {
    for (const { position, value, learned: isLearned } of actions) {
      if (isLearned === true && value !== undefined) this.#learned(replica, position, value);
    }
    for (const position of positionsOf(learned)) {
      const value = disk.written.actions.get(position)?.value;
      if (value !== undefined) this.#learned(replica, position, value);
    }
  }

  /** A message leaves: what it says must be on the disk of the replica that says it. */
  sent(replica: string, to: string, message: LogMessage, disk: SimulatedDisk): void {
    const { metadata, begin, actions } = disk.synced;
    if (this.#checks !== 'all') return;
    if (message.type === 'log.promise' && message.positions !== undefined) {
      this.#asked.set(message.id, message.positions);
    }
    const holds = (claim: boolean, text: string): void => {
      if (!claim) this.#violated('nothing is said before it is on the disk', `${replica} ${text}`);
    };
    if ('verdict' in message && message.verdict !== 'ignore' && metadata.status !== 'VOTING') {
      this.#violated('who has no vote does not vote', `${replica} does, and is ${metadata.status}`);
    }
    if ('verdict' in message || message.type === 'log.recovered') {
      const { incarnation = 0, fences = {} } = message;
      holds((metadata.incarnation ?? 0) >= incarnation, `is in incarnation ${incarnation}`);
      for (const [member, raised] of Object.entries(fences)) this.#remembers(replica, metadata, member, raised);
    }
    if (message.type === 'log.recovered') {
      this.#remembers(replica, metadata, to, message.known);
      holds(metadata.promised >= message.promised, `has promised ${message.promised}, its disk ${metadata.promised}`);
    }
    if (message.type === 'log.promised' && message.verdict === 'accept') {
      const { proposal, through, implicit } = message;
      holds(metadata.promised >= implicit, `promises to ${implicit}, its disk ${metadata.promised}`);
      const asked = through === undefined ? [] : (this.#asked.get(message.id) ?? []);
      // What it has learned it does not promise.
      const learned = new IntervalSet(message.learned);
      for (const position of positionsOf(asked)) {
        if (position < Math.max(begin, message.begin) || position > (through ?? -1) || learned.has(position)) continue;
        const promised = actions.get(position)?.promised ?? -1;
        holds(promised >= proposal, `promises position ${position} to ${proposal}, its disk ${promised}`);
      }
    } else if (message.type === 'log.written') {
      for (const position of positionsOf(message.positions)) {
        const action = actions.get(position);
        holds(
          position < begin || action?.learned === true || (action?.performed ?? -1) >= message.proposal,
          `accepts position ${position} under ${message.proposal}`,
        );
      }
    }
  }

  /** The last position that was acknowledged so far. */
  get lastAcknowledged(): number {
    return this.#lastAcknowledged;
  }

  /** A writer is told that it is elected, which it had asked for when `acknowledged` was the last position that was. */
  elected(replica: string, proposal: number, end: number, missing: readonly Interval[], acknowledged: number): void {
    if (this.#elections.some((election) => election.proposal === proposal)) {
      this.#violated('a proposal elects one coordinator', `${replica} is elected by ${proposal} as well`);
    }
    if (missing.length > 0) {
      this.#violated(
        'positions are dense when a coordinator is elected',
        `${replica}, elected at ${end}, has not learned ${JSON.stringify(missing)}`,
      );
    }
    if (acknowledged > end) {
      this.#violated(
        'no acknowledged append is lost',
        `${replica} is elected at ${end}; ${acknowledged} was acknowledged before it asked`,
      );
    }
    this.#elections.push({ proposal, end });
  }

  /**
   * A writer is told that its value is in the log, which it has given to it as its call of that number.
   * @param isHere Whether it can be read there at once.
   */
  acknowledge(
    replica: string,
    proposal: number,
    position: number,
    value: ActionValue,
    call: number,
    isHere: boolean,
  ): void {
    this.#learned(replica, position, value);
    if (!isHere) this.#violated('who is answered can read', `${replica} has written ${position} and not learned it`);
    const before = this.#calls.get(proposal);
    this.#calls.set(proposal, { call, position });
    if (before !== undefined && (before.call >= call || before.position >= position)) {
      this.#violated(
        'positions and answers are in the order of the calls',
        `${replica} has written call ${call} to ${position}, and call ${before.call} to ${before.position} before`,
      );
    }
    this.#acknowledged.set(position, textOf(value));
    this.#lastAcknowledged = Math.max(this.#lastAcknowledged, position);
    const later = this.#elections.find((election) => election.proposal > proposal && position > election.end);
    if (later !== undefined) {
      this.#violated(
        'one coordinator writes',
        `${replica}, elected by ${proposal}, has written ${position} behind ${later.end}, where ${later.proposal} was elected`,
      );
    }
  }

  /** A replica has caught up to a position; it was asked to when `acknowledged` was the last position that was. */
  caughtUp(replica: string, position: number, acknowledged: number): void {
    if (position < acknowledged) {
      this.#violated('who has caught up has what was acknowledged', `${replica}: ${position}, not ${acknowledged}`);
    }
  }

  /** A reader is given the actions of a range: what is there must be what was chosen, and nothing may be missing. */
  read(replica: string, position: number, value: ActionValue | undefined): void {
    if (position < this.#truncatedTo) return;
    if (value === undefined) this.#violated('positions are dense after a catch-up', `${replica} lacks ${position}`);
    else this.#learned(replica, position, value);
  }

  /** A writer that had been told that it is elected is so no more, and has not been told that. */
  unaware(replica: string, proposal: number): void {
    this.#violated('who is elected no more is told', `${replica}, which was elected by ${proposal}, is not`);
  }

  #remembers(replica: string, { fences }: Metadata, member: string, incarnation: number): void {
    if ((fences?.[member] ?? 0) >= incarnation) return;
    this.#violated(
      'nothing is said before it is on the disk',
      `${replica} says that ${member} is in incarnation ${incarnation}`,
    );
  }

  #violated(check: string, text: string): void {
    if (this.#checks !== 'none') throw new LogViolation(check, text);
  }

  #learned(replica: string, position: number, value: ActionValue): void {
    if (value.type === 'nop' && value.tombstone === true) {
      if (position + 1 > this.#truncatedTo) {
        this.#violated('learned is chosen', `${replica} has truncated up to ${position}, which nobody has decided`);
      }
      return;
    }
    const text = textOf(value);
    const isAccepted =
      this.#accepted
        .get(position)
        ?.some((acceptance) => acceptance.text === text && acceptance.ever.size >= this.#quorum) ?? false;
    if (!isAccepted && position >= this.#truncatedTo) {
      this.#violated('learned is chosen', `${replica} has learned ${text} at ${position} without a quorum`);
    }
    this.#decide(position, value, `${replica} has learned`);
  }

  /** All values that are appended differ. */
  #once(position: number, text: string): void {
    const other = this.#appended.get(text);
    if (other !== undefined) this.#violated('an append is in the log once', `${text} is at ${other} and ${position}`);
    this.#appended.set(text, position);
  }

  #decide(position: number, value: ActionValue, how: string): void {
    const text = textOf(value);
    const before = this.#decided.get(position);
    if (before === undefined) {
      this.#decided.set(position, text);
      if (value.type === 'append') this.#once(position, text);
      if (value.type === 'truncate') this.#truncatedTo = Math.max(this.#truncatedTo, value.to);
    } else if (before !== text) {
      this.#violated('one value is chosen for a position', `${position} is ${before}, and ${how} ${text}`);
    }
  }
}

const texts = new WeakMap<ActionValue, string>();

/** A value as a text that no other value has. */
export function textOf(value: ActionValue): string {
  let text = texts.get(value);
  if (text === undefined) texts.set(value, (text = write(value)));
  return text;
}

function write(value: ActionValue): string {
  switch (value.type) {
    case 'append':
      return `append ${Buffer.from(value.bytes).toString('latin1')}`;
    case 'truncate':
      return `truncate ${value.to}`;
    case 'nop':
      return 'nop';
    default:
      throw new TypeError(`No such value: ${String(value satisfies never)}`);
  }
}
