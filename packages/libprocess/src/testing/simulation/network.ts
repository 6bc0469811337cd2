import type { Connection } from '../../transport/transport.ts';
import type { Dice } from './dice.ts';
import type { Segment } from './segment.ts';
import type { Lane, Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

/** How the way from one node to another behaves. Probabilities are between 0 and 1. */
export interface LinkOptions {
  /** How long anything takes one way, in milliseconds: drawn evenly between the two. @default [0.2, 5] */
  readonly latencyMs: readonly [least: number, most: number];
  /** What gets through in a millisecond, in bytes. @default Infinity */
  readonly bytesPerMs: number;
  /**
   * How likely it is that something is lost on the way. A connection models TCP, which sends it again, first after 200 ms and then
   * after twice as long each time, and holds back what comes after it: a receiver sees a stall and never a gap. @default 0
   */
  readonly loss: number;
  /** How likely it is that a frame, instead of arriving, finds the connection reset. Both ends hear of it, one after the other. @default 0 */
  readonly reset: number;
  /** What no TCP connection does; what it may do to the frames of one. @default nothing */
  readonly violations: Violations;
}

/**
 * Frames that are treated as no TCP connection treats them: they arrive twice, after the next one, or altered. libprocess promises no order
 * over such a network; this shows that a runtime survives it, and what cuts a connection off. Each is a probability, 0 by default.
 */
export interface Violations {
  readonly duplicate?: number;
  readonly reorder?: number;
  readonly corrupt?: number;
}

/** Options of the network of a simulation. */
export interface NetworkOptions extends Partial<LinkOptions> {
  /** How often a silent connection is asked for a sign of life, in milliseconds, as by `WebSocketTransport`. @default 15000 */
  readonly pingIntervalMs?: number;
  /** What an operating system takes from a program before it has arrived, in bytes. @default 65536 */
  readonly windowBytes?: number;
}

/** Something that is about to arrive at `to`. */
export interface Arrival {
  readonly from: string;
  readonly to: string;
  /** The number of the connection, from 1. */
  readonly connection: number;
  /** How many arrivals there were before, on all connections. */
  readonly index: number;
  readonly kind: Segment['kind'];
  /** The frame's bytes, if it is one. */
  readonly frame: Uint8Array | undefined;
}

/** What becomes of an arrival: `lose` sends it again later, `reset` ends the connection. */
export type Verdict = 'deliver' | 'lose' | 'reset';

/** A machine on the network, over the lives of the programs on it. */
export interface Host extends Lane {
  readonly name: string;
  readonly address: string;
  /** Whether it answers at all: a program that was killed leaves a machine that refuses, one without power nobody. */
  readonly reachable: boolean;
  /** How often it has been given power. */
  readonly boots: number;
  /** What listens there now. */
  listener: Endpoint | undefined;
}

/** One life of a program on a host: the owner of its ends of connections. */
export interface Endpoint {
  readonly host: Host;
  /** Takes over a connection that somebody has made. */
  accept(connection: Connection): void;
  added(end: End): void;
  removed(end: End): void;
}

/** One end of a connection. */
export interface End {
  readonly number: number;
  /** Whose end it is. */
  readonly host: Host;
  /** Where the other end is. */
  readonly to: Host;
  /** The connection is gone, without a word from the other end. */
  broken(reason: string): void;
}

const defaultLink: LinkOptions = { latencyMs: [0.2, 5], bytesPerMs: Infinity, loss: 0, reset: 0, violations: {} };

/** The network of a simulation: who can reach whom, how long it takes, and what goes wrong on the way. */
export class SimulatedNetwork {
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly pingIntervalMs: number;
  readonly windowBytes: number;
  /** Ends of connections that have not ended, except those of programs that were killed. */
  readonly open = new Set<End>();
  readonly #travelling = new Map<Host, number>();
  readonly #hosts = new Map<string, Host>();
  readonly #links = new Map<string, LinkOptions>();
  readonly #cuts = new Map<string, number>();
  readonly #taps = new Set<(arrival: Arrival) => Verdict>();
  #default: LinkOptions;
  #connections = 0;
  #arrivals = 0;

  /** Made by the simulation. */
  constructor(timeline: Timeline, dice: Dice, trace: Trace, options: NetworkOptions) {
    this.timeline = timeline;
    this.dice = dice;
    this.trace = trace;
    this.pingIntervalMs = options.pingIntervalMs ?? 15_000;
    this.windowBytes = options.windowBytes ?? 65_536;
    const { pingIntervalMs: _ping, windowBytes: _window, ...link } = options;
    this.#default = { ...defaultLink, ...link };
  }

  /** Changes how every link behaves that was not given options of its own. */
  configure(options: Partial<LinkOptions>): void {
    this.#default = { ...this.#default, ...options };
  }

  /** Gives the way from one node to another, and not that back, options of its own. */
  link(from: string, to: string, options: Partial<LinkOptions>): void {
    this.#links.set(key(from, to), { ...this.between(from, to), ...options });
  }

  /** @internal */
  between(from: string, to: string): LinkOptions {
    return this.#links.get(key(from, to)) ?? this.#default;
  }

  /**
   * Lets nothing through from one node to another; the way back stays as it is. Cuts add up: each call answers how to take its own back.
   * Connections do not break by it: what is sent waits, and arrives when the cut was short. Otherwise the ends give up when their pings
   * stay without answer.
   */
  cut(from: string, to: string): () => void {
    const name = key(from, to);
    this.trace.record(name, 'cut', '');
    this.#cuts.set(name, (this.#cuts.get(name) ?? 0) + 1);
    let done = false;
    return () => {
      const count = this.#cuts.get(name);
      if (done || count === undefined) return;
      done = true;
      if (count > 1) this.#cuts.set(name, count - 1);
      else this.#cuts.delete(name);
      if (count === 1) this.trace.record(name, 'healed', '');
    };
  }

  /** Lets nothing through between nodes of different groups, in both directions. Answers how to take it back. */
  partition(...groups: readonly (readonly string[])[]): () => void {
    const undo = groups.flatMap((group) =>
      groups
        .filter((other) => other !== group)
        .flatMap((other) => group.flatMap((from) => other.map((to) => this.cut(from, to)))),
    );
    return () => {
      for (const heal of undo) heal();
    };
  }

  /** Takes back every cut, also those whose time is not over. What was held back arrives when it is next sent again. */
  heal(): void {
    if (this.#cuts.size > 0) this.trace.record('', 'healed', 'the whole network');
    this.#cuts.clear();
  }

  /** Resets every connection between two nodes: each end hears of it, one after the other; what is under way may get lost. */
  reset(one: string, two: string): void {
    for (const end of this.open) {
      if ((end.host.name === one && end.to.name === two) || (end.host.name === two && end.to.name === one)) {
        this.sendReset(end, 'the connection was reset');
      }
    }
  }

  /** Decides, from now on, what becomes of everything that is about to arrive; answers how to stop. */
  tap(decide: (arrival: Arrival) => Verdict): () => void {
    this.#taps.add(decide);
    return () => {
      this.#taps.delete(decide);
    };
  }

  /** Whether nothing gets through from one to the other. */
  isCut(from: string, to: string): boolean {
    return this.#cuts.has(key(from, to));
  }

  /** Whether anything is under way that is not held back by a cut or a pause. @internal */
  get busy(): boolean {
    for (const [host, count] of this.#travelling) if (count > 0 && !host.paused) return true;
    return false;
  }

  /** Counts what is under way to a host. @internal */
  travel(to: Host, change: number): void {
    this.#travelling.set(to, (this.#travelling.get(to) ?? 0) + change);
  }

  /** @internal */
  attach(host: Host): void {
    this.#hosts.set(host.address, host);
  }

  /** @internal */
  at(address: string): Host | undefined {
    return this.#hosts.get(address);
  }

  /** @internal */
  nextConnection(): number {
    return ++this.#connections;
  }

  /** @internal */
  latency(from: Host, to: Host): number {
    return this.dice.between(...this.between(from.name, to.name).latencyMs);
  }

  /** Whether something gets through this time. @internal */
  passes(from: Host, to: Host): boolean {
    if (this.#cuts.size > 0 && this.isCut(from.name, to.name)) return false;
    return to.reachable && !this.dice.chance(this.between(from.name, to.name).loss);
  }

  /** @internal */
  judge(end: End, segment: Segment): Verdict {
    const index = this.#arrivals++;
    if (this.#taps.size === 0) return 'deliver';
    const arrival: Arrival = {
      from: end.to.name,
      to: end.host.name,
      connection: end.number,
      index,
      kind: segment.kind,
      frame: segment.kind === 'frame' ? segment.bytes : undefined,
    };
    for (const decide of this.#taps) {
      const verdict = decide(arrival);
      if (verdict !== 'deliver') return verdict;
    }
    return 'deliver';
  }

  /** Tells an end, once and not in order with the rest, that its connection is gone. @internal */
  sendReset(end: End, reason: string): void {
    this.travel(end.host, 1);
    this.timeline.after(this.latency(end.to, end.host), end.host, () => {
      this.travel(end.host, -1);
      if (this.passes(end.to, end.host)) end.broken(reason);
    });
  }
}

/** @internal */
export function key(from: string, to: string): string {
  return `${from}>${to}`;
}
