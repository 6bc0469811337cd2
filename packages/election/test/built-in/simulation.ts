/** A seeded simulation of the protocol: masters whose clocks differ, a network that loses, delays and doubles, crashes, pauses, partitions. */
import { SeededRandom } from '@mesos-ts/libprocess';
import { ElectionProtocol, protocolSettings } from '../../src/built-in/protocol.ts';
import type { ElectionMessage, Peer, Vote } from '../../src/built-in/messages.ts';
import type { ProtocolEvent, ProtocolOutput, ProtocolSettings } from '../../src/built-in/protocol.ts';

export const leaseMs = 1000;
const troubleMs = 25 * leaseMs;
const calmMs = 20 * leaseMs;

/** What can be put in the place of a right part, to see that it is missed. */
export interface Parts {
  readonly settings?: (settings: ProtocolSettings) => ProtocolSettings;
  readonly start?: (settings: ProtocolSettings, vote: Vote | undefined, nowMs: number) => ElectionProtocol<Peer>;
  /** What of it reaches the disk. */
  readonly persist?: (vote: Vote) => Vote | undefined;
  readonly received?: (message: ElectionMessage<Peer>, nowMs: number) => ElectionMessage<Peer>;
  /** Whether a master that takes itself for the leader looks at its clock before it acts. @default true */
  readonly looksAtClock?: boolean;
}

export interface SimulationOptions {
  readonly masters?: number;
  /** Whether disks are lost, with the votes on them: then a term may have two leaders, one after the other. @default false */
  readonly losesDisks?: boolean;
  readonly parts?: Parts;
}

interface Master {
  readonly peer: Peer;
  readonly rate: number;
  readonly offsetMs: number;
  disk: Vote | undefined;
  protocol: ElectionProtocol<Peer> | undefined;
  /** Counts its lives, so that what was meant for an earlier one is not done. */
  life: number;
  pausedUntilMs: number;
  /** What has happened to it while it was busy or paused. */
  waiting: ProtocolEvent<Peer>[];
  isWriting: boolean;
  wakeAtMs: number;
}

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly work: () => void;
}

/** Runs one seed. Throws what was violated. Answers how often somebody was elected. */
export function simulateElection(seed: number, options: SimulationOptions = {}): number {
  return new Simulation(seed, options).run();
}

class Simulation {
  readonly #random: SeededRandom;
  readonly #options: SimulationOptions;
  readonly #parts: Parts;
  readonly #masters: Master[];
  readonly #peers: readonly Peer[];
  readonly #leaderOfTerm = new Map<number, string>();
  readonly #isCut = new Set<string>();
  readonly #due: Due[] = [];
  #order = 0;
  #nowMs = 0;
  #isCalm = false;
  #elections = 0;
  readonly #loss: number;
  readonly #slownessMs: number;

  constructor(seed: number, options: SimulationOptions) {
    this.#random = new SeededRandom(seed);
    this.#options = options;
    this.#parts = options.parts ?? {};
    const { masters = this.#chance(0.5) ? 3 : 5 } = options;
    this.#peers = Array.from({ length: masters }, (_, index) => `m${index}`);
    this.#masters = this.#peers.map((peer) => ({
      peer,
      rate: 0.905 + this.#random.next() * 0.19,
      offsetMs: this.#random.next() * 1e6,
      disk: undefined,
      protocol: undefined,
      life: 0,
      pausedUntilMs: 0,
      waiting: [],
      isWriting: false,
      wakeAtMs: Infinity,
    }));
    this.#loss = this.#random.next() * 0.3;
    this.#slownessMs = this.#random.next() ** 3 * 2 * leaseMs;
  }

  run(): number {
    for (const master of this.#masters) this.#start(master);
    for (let count = 3 + Math.floor(this.#random.next() * 20); count > 0; count--) {
      this.#at(this.#random.next() * troubleMs, () => {
        this.#trouble();
      });
    }
    this.#until(troubleMs);
    this.#heal();
    this.#until(troubleMs + calmMs / 2);
    const before = this.#agreed();
    const elections = this.#elections;
    this.#until(troubleMs + calmMs);
    const after = this.#agreed();
    if (before === undefined || after === undefined)
      throw new Error('nobody leads, or not all know it, after all is well');
    if (this.#elections !== elections) throw new Error('another was elected though all was well');
    return this.#elections;
  }

  #chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  #at(atMs: number, work: () => void): void {
    this.#due.push({ atMs, order: this.#order++, work });
    // A binary heap.
    let index = this.#due.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(this.#due[index], this.#due[parent])) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #next(): Due | undefined {
    const [first] = this.#due;
    const last = this.#due.pop();
    if (last === undefined || this.#due.length === 0) return first;
    this.#due[0] = last;
    for (let index = 0; ;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#due.length && isBefore(this.#due[child], this.#due[least])) least = child;
      }
      if (least === index) return first;
      this.#swap(index, least);
      index = least;
    }
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#due[one], this.#due[other]];
    if (a === undefined || b === undefined) return;
    this.#due[one] = b;
    this.#due[other] = a;
  }

  #until(endMs: number): void {
    while (this.#due[0] !== undefined && this.#due[0].atMs <= endMs) {
      const due = this.#next();
      if (due === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.work();
      this.#check();
    }
    this.#nowMs = endMs;
  }

  #clock({ offsetMs, rate }: Master): number {
    return offsetMs + this.#nowMs * rate;
  }

  #start(master: Master): void {
    const { quorum, ...settings } = protocolSettings(
      master.peer,
      this.#peers,
      Math.floor(this.#peers.length / 2) + 1,
      leaseMs,
    );
    const right: ProtocolSettings = { ...settings, quorum };
    const start = this.#parts.start ?? ((...args) => new ElectionProtocol<Peer>(...args));
    master.life++;
    master.protocol = start(this.#parts.settings?.(right) ?? right, master.disk, this.#clock(master));
    master.waiting = [];
    master.isWriting = false;
    master.wakeAtMs = Infinity;
    this.#happen(master, { type: 'contend', info: `${master.peer}#${master.life}` });
  }

  #happen(master: Master, event: ProtocolEvent<Peer>): void {
    if (master.protocol === undefined) return;
    master.waiting.push(event);
    this.#work(master);
  }

  #work(master: Master): void {
    while (master.protocol !== undefined && !master.isWriting && this.#nowMs >= master.pausedUntilMs) {
      const event = master.waiting.shift();
      if (event === undefined) break;
      const wasLeading = master.protocol.leadingTerm;
      const nowMs = this.#clock(master);
      const seen =
        event.type === 'received' && this.#parts.received !== undefined
          ? { ...event, message: this.#parts.received(event.message, nowMs) }
          : event;
      const output = master.protocol.step(seen, { nowMs, random: this.#random.next() });
      const term = master.protocol.leadingTerm;
      this.#perform(master, output, () => {
        if (term !== undefined && term !== wasLeading) this.#elected(master, term);
      });
      // As the actor does: who led and does no more is started anew.
      if (wasLeading !== undefined && term === undefined) this.#restartSoon(master, leaseMs / 2);
    }
    this.#wake(master);
  }

  #perform(master: Master, { messages, persist }: ProtocolOutput<Peer>, done: () => void): void {
    const send = (): void => {
      done();
      for (const { message, to } of messages) this.#send(master.peer, to, message);
    };
    if (persist === undefined) {
      send();
      return;
    }
    const { life } = master;
    master.isWriting = true;
    this.#at(this.#nowMs + this.#random.next() * (this.#isCalm ? 5 : 100), () => {
      if (master.life !== life) return;
      const kept = this.#parts.persist === undefined ? persist : this.#parts.persist(persist);
      if (kept !== undefined) master.disk = kept;
      master.isWriting = false;
      send();
      this.#work(master);
    });
  }

  #wake(master: Master): void {
    const { life, protocol } = master;
    if (protocol === undefined || master.isWriting) return;
    const atMs = Math.max((protocol.wakeMs - master.offsetMs) / master.rate, this.#nowMs + 0.5, master.pausedUntilMs);
    if (!(atMs < master.wakeAtMs || master.wakeAtMs <= this.#nowMs) || atMs === Infinity) return;
    master.wakeAtMs = atMs;
    this.#at(atMs, () => {
      if (master.life !== life || master.wakeAtMs !== atMs) return;
      master.wakeAtMs = Infinity;
      this.#happen(master, { type: 'tick' });
    });
  }

  #send(from: Peer, to: Peer, message: ElectionMessage<Peer>): void {
    if (this.#isCut.has(`${from} ${to}`)) return;
    const copies = this.#isCalm ? 1 : this.#chance(this.#loss) ? 0 : this.#chance(0.1) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      // Some come late by themselves: a lease must not count from when they come.
      const lateMs = this.#chance(0.04) ? this.#random.next() * leaseMs : 0;
      const usualMs = this.#random.next() ** 2 * this.#slownessMs;
      const delayMs = this.#isCalm ? 1 + this.#random.next() * 10 : 1 + usualMs + lateMs;
      this.#at(this.#nowMs + delayMs, () => {
        const master = this.#masters.find(({ peer }) => peer === to);
        if (master !== undefined) this.#happen(master, { type: 'received', from, message });
      });
    }
  }

  #elected({ life, peer }: Master, term: number): void {
    this.#elections++;
    const name = `${peer}#${life}`;
    const before = this.#leaderOfTerm.get(term);
    if (before !== undefined && before !== name && this.#options.losesDisks !== true) {
      throw new Error(`term ${term} has two leaders: ${before} and ${name}`);
    }
    this.#leaderOfTerm.set(term, name);
  }

  #leads(master: Master): boolean {
    const untilMs = master.protocol?.leaseUntilMs;
    return untilMs !== undefined && (this.#parts.looksAtClock === false || this.#clock(master) < untilMs);
  }

  #check(): void {
    const leaders = this.#masters.filter((master) => this.#leads(master));
    if (leaders.length > 1) {
      throw new Error(`two lead at ${this.#nowMs.toFixed(0)} ms: ${leaders.map(({ peer }) => peer).join(' and ')}`);
    }
  }

  /** The master that leads, if all agree on it. */
  #agreed(): Peer | undefined {
    const names = new Set(this.#masters.map((master) => master.protocol?.leaderAt(this.#clock(master))?.info));
    const leader = this.#masters.find((master) => this.#leads(master));
    return leader !== undefined && names.size === 1 && [...names][0] === `${leader.peer}#${leader.life}`
      ? leader.peer
      : undefined;
  }

  #some(): Master {
    const master = this.#masters[Math.floor(this.#random.next() * this.#masters.length)];
    if (master === undefined) throw new Error('there are no masters');
    return master;
  }

  /** More often than not, the one that leads. */
  #victim(): Master {
    const leader = this.#masters.find((master) => this.#leads(master));
    return leader !== undefined && this.#chance(0.6) ? leader : this.#some();
  }

  #trouble(): void {
    const kind = Math.floor(this.#random.next() * 7);
    const master = this.#victim();
    if (kind === 0) {
      if (this.#options.losesDisks === true && this.#chance(0.5)) master.disk = undefined;
      this.#restartSoon(master, this.#random.next() ** 4 * 2 * leaseMs);
    } else if (kind === 1) {
      this.#pause(master, this.#random.next() * 3 * leaseMs);
    } else if (kind === 2) {
      // Alone, or with another.
      const side = new Set([master.peer, this.#some().peer]);
      for (const one of this.#peers) {
        for (const other of this.#peers) {
          if (side.has(one) !== side.has(other)) this.#cut(one, other);
        }
      }
    } else if (kind === 3) {
      // One way only.
      const isMute = this.#chance(0.5);
      for (const other of this.#peers) {
        if (isMute) this.#cut(master.peer, other);
        else this.#cut(other, master.peer);
      }
    } else if (kind === 4) {
      // Two of them only.
      const other = this.#some();
      this.#cut(master.peer, other.peer);
      this.#cut(other.peer, master.peer);
    } else if (kind === 5) {
      // All others are started anew while this one is cut off.
      for (const other of this.#masters.filter((each) => each !== master)) {
        this.#cut(master.peer, other.peer);
        this.#cut(other.peer, master.peer);
        this.#restartSoon(other, this.#random.next() * 50);
      }
    } else {
      this.#isCut.clear();
    }
  }

  #cut(from: Peer, to: Peer): void {
    if (from !== to) this.#isCut.add(`${from} ${to}`);
  }

  #pause(master: Master, forMs: number): void {
    master.pausedUntilMs = this.#nowMs + forMs;
    this.#at(master.pausedUntilMs, () => {
      this.#work(master);
    });
  }

  #restartSoon(master: Master, afterMs: number): void {
    master.protocol = undefined;
    const life = ++master.life;
    this.#at(this.#nowMs + afterMs, () => {
      if (master.life === life) this.#start(master);
    });
  }

  #heal(): void {
    this.#isCalm = true;
    this.#isCut.clear();
    for (const master of this.#masters) {
      master.pausedUntilMs = this.#nowMs;
      this.#work(master);
    }
  }
}

function isBefore(one: Due | undefined, other: Due | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
}
