import type { Random } from '@mesos-ts/libprocess';
import type { Action, ActionValue } from '../../protocol/action.ts';
import { IntervalSet, positionsOf } from '../../interval-set.ts';
import type { LogMessage } from '../../protocol/message.ts';
import { LogNode } from '../../protocol/node.ts';
import type { LogAnswer, LogEffects, LogEvent, LogNodeParts } from '../../protocol/node.ts';
import { defaultBounds } from '../../protocol/port.ts';
import type { LogBounds, LogTiming } from '../../protocol/port.ts';
import type { LogWrite } from '../../storage/log-storage.ts';
import type { LogChecker } from './checker.ts';
import type { EventQueue } from './event-queue.ts';
import { SimulatedDisk, recoveredFrom } from './simulated-disk.ts';

/** What a disk does other than it should, for tests of the checkers. */
export interface DiskFaults {
  /** What is written instead of what was asked for. */
  readonly write?: (write: LogWrite) => LogWrite;
  /** Whether a write is said to be on the disk before it is. */
  readonly isHasty?: boolean;
}

/** What nodes have in common. */
export interface SimulatedWorld {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly checker: LogChecker;
  readonly members: readonly string[];
  /** What nodes believe a quorum to be. */
  readonly quorum: number;
  readonly timing: LogTiming;
  readonly parts?: Partial<LogNodeParts>;
  readonly diskFaults?: DiskFaults;
  /** How long a sync takes at most. */
  readonly syncMs: number;
  send(from: string, to: string, message: LogMessage): void;
  /** The node has ended, as its disk holds another log. */
  foreign(name: string): void;
  /** The node has ended, as its disk has less than it has told others. */
  outdated(name: string): void;
  /** Something happened, for whoever looks. */
  trace(text: () => string): void;
}

/** Small, so that catching up takes several messages. */
const bounds: LogBounds = { ...defaultBounds, messageEntries: 8, fillEntries: 4, messageBytes: 64 };

/** The writers of a node: most have use for one. */
export type WriterId = 1 | 2;

/** A replica, its disk and its writers, in one life after the other. */
export class SimulatedNode {
  readonly name: string;
  readonly disk: SimulatedDisk;
  /** How fast its clock goes. */
  skew = 1;
  readonly #world: SimulatedWorld;
  /** Whether it was told the right quorum. */
  #isMistaken = false;
  #node: LogNode | undefined;
  #life = 0;
  #requests = 0;
  #flushing = false;
  #syncing = false;
  /** Writers that were told that they are elected, and not that they are so no more. */
  readonly #leading = new Set<WriterId>();
  #writes = 0;
  /** Tickets of writes that are not on the disk. */
  readonly #tickets: number[] = [];
  readonly #waiting = new Map<number, (answer: LogAnswer | 'crashed') => void>();

  constructor(name: string, world: SimulatedWorld) {
    this.name = name;
    this.#world = world;
    this.disk = new SimulatedDisk((write) => {
      world.checker.synced(name, write);
    });
  }

  get isMistaken(): boolean {
    return this.#isMistaken;
  }

  get isUp(): boolean {
    return this.#node !== undefined;
  }

  /** Which life it is in, counted from 1. */
  get life(): number {
    return this.#life;
  }

  get node(): LogNode | undefined {
    return this.#node;
  }

  /** @param mistaken A quorum that it is told of and the others are not. */
  boot(mistaken?: number): void {
    if (this.isUp) throw new Error(`${this.name} is up already`);
    const { members, timing, parts, random } = this.#world;
    this.#life++;
    this.#isMistaken = mistaken !== undefined;
    const { written } = this.disk;
    const recovered = recoveredFrom(written);
    const all: ReadonlySet<string> = new Set(members);
    this.#node = new LogNode({
      self: this.name,
      members: () => all,
      quorum: mistaken ?? this.#world.quorum,
      clusterSize: members.length,
      autoInitialize: true,
      recovered,
      unlearned: [...positionsOf(recovered.unlearned)].flatMap((position) => written.actions.get(position) ?? []),
      nonce: Math.floor(random.next() * 2 ** 52),
      freshId: `log of ${this.name}, ${this.#life}`,
      timing,
      bounds,
      ...(parts === undefined ? {} : { parts }),
    });
    this.#step({ type: 'start' });
    this.#step({ type: 'ask around' });
  }

  /** Ends its program, by force. Of what is not synced on its disk a fraction stays. */
  crash(fraction: number): void {
    if (this.#node === undefined) return;
    this.#node = undefined;
    this.#life++;
    this.#tickets.length = 0;
    this.#syncing = false;
    this.#flushing = false;
    this.#leading.clear();
    this.disk.fail(fraction);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const answer of waiting) answer('crashed');
  }

  receive(from: string, message: LogMessage): void {
    this.#step({ type: 'message', from, message });
  }

  elect(answer: (outcome: LogAnswer | 'crashed') => void, writer: WriterId = 1): void {
    this.#call((request) => ({ type: 'elect', writer, request }), answer, writer);
  }

  append(bytes: Uint8Array, answer: (outcome: LogAnswer | 'crashed') => void, writer: WriterId = 1): void {
    const value: ActionValue = { type: 'append', bytes };
    this.#write((request) => ({ type: 'append', writer, request, bytes }), value, answer, writer);
  }

  truncate(to: number, answer: (outcome: LogAnswer | 'crashed') => void, writer: WriterId = 1): void {
    const value: ActionValue = { type: 'truncate', to };
    this.#write((request) => ({ type: 'truncate', writer, request, to }), value, answer, writer);
  }

  /** Catches up, and has everything that can be read then checked. */
  catchUp(answer: (outcome: LogAnswer | 'crashed') => void): void {
    const { checker } = this.#world;
    const acknowledged = checker.lastAcknowledged;
    this.#call(
      (request) => ({ type: 'catch up', request }),
      (outcome) => {
        if (typeof outcome === 'number' && this.#node !== undefined) {
          checker.caughtUp(this.name, outcome, acknowledged);
          this.check(this.#node, outcome);
        }
        answer(outcome);
      },
    );
  }

  /** The entries that a reader sees up to a position, as text. */
  values(to: number): string[] {
    const { actions, begin } = this.disk.written;
    return [...positionsOf([{ from: begin, to }])].flatMap((position) => {
      const value = actions.get(position)?.value;
      return value?.type === 'append' ? [Buffer.from(value.bytes).toString()] : [];
    });
  }

  /** Checks what a reader would see up to a position. */
  check(node: LogNode, to: number): void {
    const missing = new IntervalSet(node.missing(node.begin, to));
    for (let position = node.begin; position <= to; position++) {
      const value = missing.has(position) ? undefined : this.disk.written.actions.get(position)?.value;
      this.#world.checker.read(this.name, position, value);
    }
  }

  #write(
    event: (request: number) => LogEvent,
    value: ActionValue,
    answer: (outcome: LogAnswer | 'crashed') => void,
    writer: WriterId,
  ): void {
    const call = ++this.#writes;
    this.#call(
      event,
      (outcome) => {
        if (typeof outcome === 'number') {
          const isHere = this.#node?.missing(outcome, outcome).length === 0;
          const proposal = this.#node?.proposalOf(writer) ?? 0;
          this.#world.checker.acknowledge(this.name, proposal, outcome, value, call, isHere);
        }
        answer(outcome);
      },
      writer,
    );
  }

  #call(
    event: (request: number) => LogEvent,
    answer: (outcome: LogAnswer | 'crashed') => void,
    writer: WriterId = 1,
  ): void {
    if (this.#node === undefined) {
      answer('crashed');
      return;
    }
    const request = ++this.#requests;
    const made = event(request);
    const { checker } = this.#world;
    const acknowledged = checker.lastAcknowledged;
    this.#waiting.set(request, (outcome) => {
      this.#world.trace(() => `${this.name} ${made.type}: ${String(outcome)} (${this.#node?.proposalOf(writer) ?? 0})`);
      // It may be elected and asked to be elected again in one step.
      if (made.type === 'elect' && typeof outcome === 'number' && this.#node?.isElected(writer) === true) {
        this.#leading.add(writer);
        const missing = this.#node.missing(this.#node.begin, outcome);
        checker.elected(this.name, this.#node.proposalOf(writer), outcome, missing, acknowledged);
      }
      answer(outcome);
    });
    this.#step(made);
  }

  #step(event: LogEvent): void {
    if (this.#node !== undefined) this.#perform(this.#node.step(event));
  }

  /** What the actor does, in virtual time. */
  #perform(effects: LogEffects): void {
    const { random, checker } = this.#world;
    for (const { ticket, write } of effects.persists) this.#persist(ticket, write);
    for (const { to, message } of effects.sends) {
      checker.sent(this.name, to, message, this.disk);
      this.#world.send(this.name, to, message);
    }
    for (const { read, positions, bytesMax } of effects.reads) {
      this.#later(random.next() * 2, () => ({
        type: 'read',
        read,
        actions: this.#read(positions.from, positions.to, bytesMax),
      }));
    }
    for (const { timer, minMs, maxMs } of effects.timers) {
      this.#later((minMs + random.next() * (maxMs - minMs)) * this.skew, () => ({ type: 'timer', timer }));
    }
    if (effects.flush && !this.#flushing) {
      this.#flushing = true;
      this.#later(0, () => {
        this.#flushing = false;
        return { type: 'flush' };
      });
    }
    for (const { request, answer } of effects.answers) {
      const waiting = this.#waiting.get(request);
      this.#waiting.delete(request);
      waiting?.(answer);
    }
    for (const writer of this.#leading) {
      if (effects.demoted.includes(writer)) this.#leading.delete(writer);
      else if (this.#node?.isElected(writer) === false) checker.unaware(this.name, this.#node.proposalOf(writer));
    }
    const [unfit] = effects.unfit;
    if (unfit !== undefined && this.#node !== undefined) {
      this.crash(1);
      if (unfit.code === 'LOG_FOREIGN') this.#world.foreign(this.name);
      else this.#world.outdated(this.name);
    }
  }

  #persist(ticket: number, asked: LogWrite): void {
    const { checker, diskFaults } = this.#world;
    const write = diskFaults?.write?.(asked) ?? asked;
    this.disk.write(write);
    checker.written(this.name, write, this.disk);
    if (diskFaults?.isHasty === true) {
      this.#later(0, () => ({ type: 'persisted', ticket }));
    }
    this.#tickets.push(ticket);
    this.#sync();
  }

  /** One sync at a time, for all that was written before it began. */
  #sync(): void {
    const count = this.#tickets.length;
    if (this.#syncing || count === 0) return;
    this.#syncing = true;
    const { random, syncMs } = this.#world;
    this.#later(random.next() * syncMs, () => {
      this.disk.sync(count);
      const ticket = this.#tickets.splice(0, count).at(-1) ?? 0;
      this.#syncing = false;
      this.#sync();
      return { type: 'persisted', ticket };
    });
  }

  /** What happens to this life after a while. */
  #later(delayMs: number, event: () => LogEvent): void {
    const life = this.#life;
    this.#world.queue.after(delayMs, () => {
      if (life === this.#life) this.#step(event());
    });
  }

  #read(from: number, to: number, bytesMax: number): Action[] {
    const { actions } = this.disk.synced;
    const found: Action[] = [];
    let bytes = 0;
    for (let position = from; position <= to && (bytes < bytesMax || found.length === 0); position++) {
      const action = actions.get(position);
      if (action === undefined) continue;
      found.push(action);
      bytes += action.value?.type === 'append' ? action.value.bytes.length : 0;
    }
    return found;
  }
}
