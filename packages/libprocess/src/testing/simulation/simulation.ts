import { ProcessError } from '../../errors.ts';
import { formatAddress } from '../../remote/address.ts';
import { Dice } from './dice.ts';
import { drawFaults, perform } from './nemesis.ts';
import { SimulatedNetwork } from './network.ts';
import { SimulatedNode } from './node.ts';
import { ReadySet } from './scheduler.ts';
import { Timeline } from './timeline.ts';
import { Trace, brief } from './trace.ts';
import type { Event } from '../../actor/event.ts';
import type { EventFilter } from '../../actor/filters.ts';
import type { PID } from '../../actor/pid.ts';
import type { Fault, FaultBudget } from './nemesis.ts';
import type { NetworkOptions } from './network.ts';
import type { Boot, NodeOptions, NodeWorld } from './node.ts';

/** Options of `simulate`. */
export interface SimulationOptions {
  readonly network?: NetworkOptions;
  /**
   * How long the turn of an actor takes, in milliseconds, in one of four turns; the others take no time. What comes meanwhile waits, so that
   * events meet in mailboxes. @default [0, 1]
   */
  readonly turnMs?: readonly [least: number, most: number];
  /** A scenario that takes longer, in milliseconds of its own time, has failed. @default 3600000, an hour */
  readonly timeMaxMs?: number;
  /** A scenario of more steps has failed: actors that keep each other busy let no time pass. @default 2000000 */
  readonly stepsMax?: number;
  /** How many of the last events the trace keeps. @default 1000 */
  readonly traceMax?: number;
  /** Whether actors may fail; else that fails the simulation. @default false */
  readonly actorsMayFail?: boolean;
}

interface Waiting {
  readonly check: () => boolean;
  readonly resolve: () => void;
}

// Turns of the event loop that an operation outside of the simulation, which a runtime tracks, may take: seconds.
const outsideTurnsMax = 1_000_000;

/**
 * Nodes, each with a runtime of its own, on one network in one OS process, under one seed. Time passes by itself, and only when no actor has
 * anything to do: a scenario waits for what it likes, and what it waits for happens at its time. It may await what the simulation gives it and what
 * its nodes' runtimes promise, and operations outside only by a runtime's `track`.
 */
export class Simulation {
  readonly seed: number;
  /** For the scenario's own choices. */
  readonly dice: Dice;
  readonly network: SimulatedNetwork;
  readonly trace: Trace;
  readonly #options: SimulationOptions;
  readonly #timeline: Timeline;
  readonly #ready: ReadySet;
  readonly #dueDice: Dice;
  readonly #nodes = new Map<string, SimulatedNode>();
  readonly #filters = new Set<EventFilter>();
  readonly #claims = new Map<string, () => unknown>();
  #waiting: Waiting[] = [];
  #resting: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;
  #ending = false;
  #steps = 0;

  /** Made by `simulate`. */
  constructor(seed: number, options: SimulationOptions) {
    this.seed = seed;
    this.#options = options;
    this.dice = new Dice(seed, 'scenario');
    this.#timeline = new Timeline(new Dice(seed, 'ties'));
    this.trace = new Trace(() => this.#timeline.nowMs, options.traceMax ?? 1_000);
    this.#ready = new ReadySet(this.#timeline, new Dice(seed, 'turns'), options.turnMs ?? [0, 1]);
    this.#dueDice = new Dice(seed, 'due');
    this.network = new SimulatedNetwork(this.#timeline, new Dice(seed, 'network'), this.trace, options.network ?? {});
  }

  /** Milliseconds since the simulation began. */
  get nowMs(): number {
    return this.#timeline.nowMs;
  }

  /** Turns of actors and other things that have happened so far. */
  get steps(): number {
    return this.#steps;
  }

  /** The nodes, in the order in which they were made. */
  get nodes(): readonly SimulatedNode[] {
    return [...this.#nodes.values()];
  }

  /** Makes a node and starts it. `boot` spawns its actors, now and whenever the node is started again. */
  async node<T>(name: string, boot: Boot<T>, options: NodeOptions = {}): Promise<SimulatedNode<T>> {
    if (this.#nodes.has(name)) throw new ProcessError('INVARIANT', `There is a node ${name} already`);
    const address = options.address ?? formatAddress(`10.0.0.${this.#nodes.size + 1}`, 5050);
    const node = new SimulatedNode<T>(this.#world(), name, address, boot, options);
    this.#nodes.set(name, node);
    this.network.attach(node);
    await node.restart();
    return node;
  }

  /** Resolves when so much time has passed. */
  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timeline.after(durationMs, undefined, resolve);
    });
  }

  /** Resolves at the moment when it holds; looks after every step. Rejects when it has not in so many milliseconds. */
  eventually(claim: string, check: () => boolean, withinMs = 600_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        check,
        resolve: () => {
          this.#timeline.cancel(late);
          resolve();
        },
      };
      const late = this.#timeline.after(withinMs, undefined, () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(new ProcessError('SIMULATION_FAILED', `Not within ${withinMs} ms: ${claim}`));
      });
      this.#waiting.push(waiting);
    });
  }

  /** Must hold after every step from now on: a check that throws or answers false fails the simulation. Answers how to take it back. */
  always(claim: string, check: () => unknown): () => void {
    this.#claims.set(claim, check);
    return () => {
      this.#claims.delete(claim);
    };
  }

  /** Resolves when no actor has anything to do and nothing is under way on the network but what cuts and pauses hold back. Timers wait. */
  settle(): Promise<void> {
    return new Promise((resolve) => {
      this.#resting.push(resolve);
    });
  }

  /** Lets these things go wrong. Resolves when all of them are over and put right. */
  faults(faults: readonly Fault[]): Promise<void> {
    return perform(this.#battlefield(), faults);
  }

  /** Lets things go wrong within a budget; what, when and to whom is for the seed. Resolves when all of them are over and put right. */
  nemesis(budget: FaultBudget): Promise<void> {
    return this.faults(drawFaults(new Dice(this.seed, `faults ${this.nowMs}`), [...this.#nodes.keys()], budget));
  }

  /** Puts a filter before the mailboxes of all nodes, in all their lives, as `Runtime.filter` does for one. */
  filter(filter: EventFilter): () => void {
    this.#filters.add(filter);
    return () => {
      this.#filters.delete(filter);
    };
  }

  /** Lets time pass until the work is done. @internal */
  async drive<T>(work: () => Promise<T>): Promise<T> {
    let outcome: { readonly value: T } | undefined;
    work().then(
      (value) => {
        outcome = { value };
      },
      (error: unknown) => {
        this.#failure ??= { error };
      },
    );
    for (;;) {
      await drained();
      if (this.#failure !== undefined) throw this.#failure.error;
      if (outcome !== undefined) return outcome.value;
      if (this.#check()) continue;
      // What is due now may come before or after what actors have to do.
      if (this.#ready.some && this.#timeline.nextMs === this.nowMs && this.#dueDice.chance(0.5)) this.#passTime();
      else if (this.#ready.step()) this.#count();
      else if (!(await this.#woken())) this.#passTime();
    }
  }

  /** Ends what still runs, in order, and looks whether anything is left. @internal */
  async end(): Promise<void> {
    this.#ending = true;
    this.network.heal();
    await Promise.all(this.nodes.map((node) => node.stop()));
    if (this.network.open.size > 0) {
      throw new ProcessError('SIMULATION_FAILED', `${this.network.open.size} connections are left`);
    }
  }

  #world(): NodeWorld {
    return {
      seed: this.seed,
      timeline: this.#timeline,
      network: this.network,
      ready: this.#ready,
      trace: this.trace,
      dice: new Dice(this.seed, 'nodes'),
      filtered: (node, to, event) => this.#filtered(node, to, event),
      failed: (error) => {
        this.#failure ??= { error };
      },
    };
  }

  #battlefield(): Parameters<typeof perform>[0] {
    return {
      network: this.network,
      trace: this.trace,
      node: (name) => {
        const node = this.#nodes.get(name);
        if (node === undefined) throw new ProcessError('INVARIANT', `There is no node ${name}`);
        return node;
      },
      sleep: (durationMs) => this.sleep(durationMs),
      isEnding: () => this.#ending,
    };
  }

  #filtered(node: string, to: PID, event: Event): boolean {
    let dropped = false;
    // Each sees it, as each would on a runtime of its own.
    for (const filter of this.#filters) dropped = filter(to, event) || dropped;
    this.trace.record(node, dropped ? 'drop' : 'handle', () => `${to.id} <- ${eventText(event)}`);
    return dropped;
  }

  /** Looks at what must hold and at what is waited for; whether somebody has been waiting for just this. */
  #check(): boolean {
    for (const [claim, check] of this.#claims) {
      if (check() === false) throw new ProcessError('SIMULATION_FAILED', `Does not hold: ${claim}`);
    }
    if (this.#waiting.length === 0) return false;
    const done = this.#waiting.filter(({ check }) => check());
    if (done.length === 0) return false;
    this.#waiting = this.#waiting.filter((waiting) => !done.includes(waiting));
    for (const { resolve } of done) resolve();
    return true;
  }

  /** Whether somebody has something to do, or had to be waited for, before time may pass. */
  async #woken(): Promise<boolean> {
    await turned();
    for (let turns = 0; this.#nodes.size > 0 && this.nodes.some(({ busy }) => busy); turns++) {
      if (this.#ready.some) return true;
      if (turns > outsideTurnsMax) {
        throw new ProcessError(
          'SIMULATION_FAILED',
          'An operation that a runtime tracks does not end while time stands still',
        );
      }
      await turned();
    }
    return this.#ready.some;
  }

  #passTime(): void {
    this.#checkActors();
    const nextMs = this.#timeline.nextMs;
    if (this.#resting.length > 0 && this.#isAtRest(nextMs)) {
      const resting = this.#resting;
      this.#resting = [];
      for (const resolve of resting) resolve();
      return;
    }
    if (nextMs === undefined) {
      throw new ProcessError('SIMULATION_FAILED', 'The scenario waits for something that will never happen');
    }
    const { timeMaxMs = 3_600_000 } = this.#options;
    if (nextMs > timeMaxMs) {
      throw new ProcessError('SIMULATION_FAILED', `The scenario takes longer than ${timeMaxMs} ms`);
    }
    this.#timeline.step();
    this.#count();
  }

  #isAtRest(nextMs: number | undefined): boolean {
    return !this.network.busy && nextMs !== this.nowMs && !this.#ready.some && !this.#ready.later;
  }

  #count(): void {
    if (++this.#steps > (this.#options.stepsMax ?? 2_000_000)) {
      throw new ProcessError('SIMULATION_FAILED', `The scenario takes more than ${this.#steps - 1} steps`);
    }
  }

  #checkActors(): void {
    if (this.#options.actorsMayFail === true) return;
    for (const node of this.nodes) {
      const { failure } = node;
      if (failure !== undefined) throw new ProcessError('SIMULATION_FAILED', `On node ${node.name}: ${failure}`);
    }
  }
}

/** Resolves when no promise's continuation is left to run. */
function drained(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

/** Resolves after a turn of the event loop. */
function turned(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function eventText(event: Event): string {
  switch (event.type) {
    case 'message':
      return `${event.name} ${brief(event.body)} from ${event.from.toString()}`;
    case 'tell':
      return `${event.method} ${brief(event.args)}`;
    case 'dispatch':
      return `${typeof event.method === 'string' ? event.method : 'deferred work'} ${brief(event.args)}`;
    case 'exited':
      return `exited ${event.pid.toString()}: ${event.reason.type}`;
    case 'http':
      return `${event.request.method} ${event.request.url}`;
    case 'timer':
    case 'terminate':
    default:
      return event.type;
  }
}
