import { PID } from '../../actor/pid.ts';
import { ProcessError } from '../../errors.ts';
import { Runtime } from '../../runtime.ts';
import { Dice } from './dice.ts';
import { SimulatedDisk } from './disk.ts';
import { NodeClock } from './node-clock.ts';
import { SeededScheduler } from './scheduler.ts';
import { SimulatedTransport } from './transport.ts';
import type { Disk } from '../../disk/disk.ts';
import type { Event } from '../../actor/event.ts';
import type { Logger } from '../../logger.ts';
import type { RuntimeOptions } from '../../runtime.ts';
import type { ClockOptions } from './node-clock.ts';
import type { DiskOptions } from './disk.ts';
import type { Endpoint, Host, SimulatedNetwork } from './network.ts';
import type { ReadySet } from './scheduler.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

/** What a node has when it starts. */
export interface NodeContext {
  readonly runtime: Runtime;
  /** The node's disk, with what earlier lives have left on it. */
  readonly disk: Disk;
  readonly name: string;
  /** Which of the node's lives this is: 1, 2, ... */
  readonly life: number;
}

/** The program of a node: spawns its actors, each time the node starts. What it answers is the node's `value`. */
export type Boot<T> = (context: NodeContext) => T | Promise<T>;

/** Options of a node. */
export interface NodeOptions extends ClockOptions {
  /** @default 10.0.0.<n>:5050 */
  readonly address?: string;
  readonly disk?: DiskOptions;
  /** What else its runtimes are given, for example `limits`. */
  readonly runtime?: Omit<RuntimeOptions, 'clock' | 'logger' | 'random' | 'scheduler' | 'transport'>;
}

/** Options of `crash`. */
export interface CrashOptions {
  /**
   * Whether the machine loses its power: nobody answers at its address until it starts again, and what was not synced to its disk may be
   * lost. Otherwise only the program is killed: its machine resets its connections, and its files stay as they were.
   * @default the dice decide
   */
  readonly power?: boolean;
}

/** What a node needs of its simulation. @internal */
export interface NodeWorld {
  readonly seed: number;
  readonly timeline: Timeline;
  readonly network: SimulatedNetwork;
  readonly ready: ReadySet;
  readonly trace: Trace;
  readonly dice: Dice;
  filtered(node: string, to: PID, event: Event): boolean;
  failed(error: unknown): void;
}

interface Life {
  readonly runtime: Runtime;
  readonly clock: NodeClock;
  readonly transport: SimulatedTransport;
  readonly scheduler: SeededScheduler;
  readonly over: AbortController;
  readonly whenOver: Promise<void>;
  /** What an actor that failed left in the log. */
  failure: string | undefined;
}

/** A machine of a simulation and the program on it. */
export class SimulatedNode<T = unknown> implements Host {
  readonly name: string;
  readonly address: string;
  /** Its disk, over all its lives. */
  readonly disk: SimulatedDisk;
  /** @internal */
  listener: Endpoint | undefined;
  readonly #world: NodeWorld;
  readonly #boot: Boot<T>;
  readonly #options: NodeOptions;
  #skewMs: number;
  #life: Life | undefined;
  #lives = 0;
  #boots = 1;
  #value: T | undefined;
  #reachable = true;
  #paused = false;

  /** Made by `Simulation.node`. */
  constructor(world: NodeWorld, name: string, address: string, boot: Boot<T>, options: NodeOptions) {
    this.#world = world;
    this.name = name;
    this.address = address;
    this.#boot = boot;
    this.#options = options;
    this.#skewMs = options.skewMs ?? 0;
    this.disk = new SimulatedDisk(
      world.timeline,
      this,
      new Dice(world.seed, `disk ${name}`),
      world.trace,
      options.disk ?? {},
    );
  }

  /** Whether its program runs, paused or not. */
  get up(): boolean {
    return this.#life !== undefined;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Whether its machine has power. */
  get reachable(): boolean {
    return this.#reachable;
  }

  /** How often its machine has been given power. @internal */
  get boots(): number {
    return this.#boots;
  }

  /** How often it has started. */
  get lives(): number {
    return this.#lives;
  }

  /** The runtime of its present life. Throws `NODE_DOWN` when it is down. */
  get runtime(): Runtime {
    return this.#present.runtime;
  }

  /** Aborted with `NODE_DOWN` when its present life ends: for `dispatch` and whatever else would wait for ever. */
  get signal(): AbortSignal {
    return this.#present.over.signal;
  }

  /** What its program answered when it last started. */
  get value(): T {
    if (this.#value === undefined && this.#life === undefined) throw down(this.name);
    return this.#value as T;
  }

  /** The address of an actor of it, in whatever life. */
  pid<P = unknown>(id: string): PID<P> {
    return new PID<P>(id, this.address);
  }

  /** Ends its program in the middle of whatever it does: no actor is finalized, nothing leaves any more. Harmless when it is down. */
  crash(options: CrashOptions = {}): void {
    const life = this.#life;
    const power = options.power ?? this.#world.dice.chance(0.5);
    if (life === undefined) return;
    this.#world.trace.record(this.name, 'crash', power ? 'power is gone' : 'the program is killed');
    if (power) this.#reachable = false;
    life.transport.kill();
    this.#over(life);
    if (power) this.disk.cutPower();
    else this.disk.kill();
  }

  /** Starts it again at its address, with a new runtime and its old disk. Resolves when its program has started, or has crashed again. */
  async restart(): Promise<void> {
    if (this.#life !== undefined) return;
    if (!this.#reachable) this.#boots++;
    this.#reachable = true;
    const life = this.#begin();
    const start = async (): Promise<void> => {
      await life.runtime.start();
      const disk = this.disk.mount();
      const value = await this.#boot({ runtime: life.runtime, disk, name: this.name, life: this.#lives });
      if (this.#life === life) this.#value = value;
    };
    const started = start().catch((error: unknown) => {
      if (this.#life === life) this.#world.failed(error);
    });
    await Promise.race([started, life.whenOver]);
  }

  /** Ends its program in order: `runtime.close()`. Harmless when it is down. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.resume();
    this.#world.trace.record(this.name, 'stop', '');
    await Promise.race([life.runtime.close(), life.whenOver]);
    if (this.#life !== life) return;
    const left = [
      [life.clock.timers, 'timers'],
      [life.runtime.metrics.snapshot()['libprocess/actors'] ?? 0, 'actors'],
      [life.transport.connections, 'connections'],
    ] as const;
    const leaks = left.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    if (leaks.length > 0) {
      const text = `Node ${this.name} has been closed and still has ${leaks.join(', ')}`;
      this.#world.failed(new ProcessError('SIMULATION_FAILED', text));
    }
    this.#over(life);
    this.disk.kill();
  }

  /** Lets it do nothing until it is resumed, as if its program were stopped or collected garbage: its connections stay. */
  pause(): void {
    if (this.#paused || this.#life === undefined) return;
    this.#world.trace.record(this.name, 'pause', '');
    this.#paused = true;
  }

  /** Lets it go on. What has become due in the meantime happens at once. */
  resume(): void {
    if (!this.#paused) return;
    this.#world.trace.record(this.name, 'resume', '');
    this.#paused = false;
    this.#world.timeline.release(this);
  }

  /** Lets its wall clock jump to so many milliseconds ahead of the simulation's time. */
  setSkew(skewMs: number): void {
    this.#world.trace.record(this.name, 'clock', `is ${skewMs} ms ahead`);
    this.#skewMs = skewMs;
    this.#life?.clock.set(skewMs);
  }

  /** Whether it waits for something outside the simulation. @internal */
  get busy(): boolean {
    return this.#life !== undefined && !this.#paused && this.#life.clock.busy;
  }

  /** What an actor that failed left in the log. @internal */
  get failure(): string | undefined {
    const life = this.#life;
    if (life === undefined || life.runtime.metrics.counter('libprocess/actors_failed').value === 0) return undefined;
    return life.failure ?? 'an actor failed';
  }

  get #present(): Life {
    if (this.#life === undefined) throw down(this.name);
    return this.#life;
  }

  #begin(): Life {
    const { network, ready, seed, timeline, trace } = this.#world;
    this.#lives++;
    trace.record(this.name, 'start', `at ${this.address}, life ${this.#lives}`);
    const clock = new NodeClock(timeline, this, { skewMs: this.#skewMs, rate: this.#options.rate ?? 1 });
    const transport = new SimulatedTransport(network, this);
    let scheduler: SeededScheduler | undefined;
    const runtime = new Runtime({
      ...this.#options.runtime,
      clock,
      random: new Dice(seed, `node ${this.name} ${this.#lives}`),
      transport,
      logger: this.#logger(() => life),
      scheduler: (afterRun) => (scheduler = new SeededScheduler(ready, this, afterRun)),
    });
    if (scheduler === undefined) throw new ProcessError('INVARIANT', 'The runtime has not asked for its scheduler');
    runtime.filter((to, event) => this.#world.filtered(this.name, to, event));
    const over = new AbortController();
    const whenOver = new Promise<void>((resolve) => {
      over.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    const life: Life = { runtime, clock, transport, scheduler, over, whenOver, failure: undefined };
    this.#life = life;
    return life;
  }

  #over(life: Life): void {
    life.scheduler.kill();
    life.clock.kill();
    this.#life = undefined;
    this.#paused = false;
    this.#world.timeline.release(this);
    life.over.abort(down(this.name));
  }

  #logger(life: () => Life): Logger {
    const at =
      (level: string) =>
      (message: string): void => {
        if (this.#life !== life()) return;
        // The rest of an error's text, where it was thrown, is not the same everywhere.
        const [line = ''] = message.split('\n');
        if (level === 'error') life().failure = message;
        this.#world.trace.record(this.name, level, line);
      };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }
}

function down(name: string): ProcessError {
  return new ProcessError('NODE_DOWN', `Node ${name} is down`);
}
