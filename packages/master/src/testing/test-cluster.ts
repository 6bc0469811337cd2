import type { Authorizer } from '@mesos-ts/daemon';
import { MemoryNetwork, Runtime, SeededRandom, type Logger, type PID } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { InMemoryStorage, type StateStorage } from '@mesos-ts/state';
import { startMaster, type MasterHandle } from '../start-master.ts';
import { HttpTestScheduler, type HttpTestSchedulerOptions } from './http-test-scheduler.ts';
import { TestAgent, type TestAgentOptions } from './test-agent.ts';
import { TestScheduler, type TestSchedulerOptions } from './test-scheduler.ts';
import type { MasterFlags } from '../flags.ts';

/** Options of `TestCluster.start`. */
export interface TestClusterOptions {
  /** Flags of the master. */
  readonly flags?: Partial<MasterFlags>;
  readonly authorizer?: Authorizer;
  /** Where the registry is kept, for all masters that lead one after the other. @default in memory */
  readonly registry?: StateStorage;
  /** @default 1 */
  readonly seed?: number;
}

/** A machine of a test cluster and the actor of interest on it. */
export interface OnMachine<T> {
  readonly actor: T;
  readonly runtime: Runtime;
}

/** A master that leads, and its machine. */
interface Leader {
  readonly runtime: Runtime;
  readonly master: MasterHandle;
}

/**
 * A master under virtual time on a network in memory, and what a test puts beside it. Each agent and scheduler has a machine of
 * its own, so that closing its runtime is a power cut. Messages are copied as on a wire.
 */
export class TestCluster implements AsyncDisposable {
  readonly clock: TestClock;
  readonly network: MemoryNetwork;
  /** What the masters logged, each line with its level. */
  readonly log: string[] = [];
  /** The registry, which outlives masters. */
  readonly registry: StateStorage;
  readonly #options: TestClusterOptions;
  readonly #runtimes: Runtime[] = [];
  #leader: Leader | undefined;
  #masters = 0;

  private constructor(options: TestClusterOptions) {
    this.#options = options;
    this.registry = options.registry ?? new InMemoryStorage();
    this.clock = new TestClock();
    this.network = new MemoryNetwork();
  }

  /** Starts a master whose id is `M`. */
  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const cluster = new TestCluster(options);
    cluster.#leader = await cluster.#start('M');
    return cluster;
  }

  /** The master that leads. */
  get master(): MasterHandle {
    return this.#led.master;
  }

  /** The runtime of the master that leads. */
  get runtime(): Runtime {
    return this.#led.runtime;
  }

  get #led(): Leader {
    if (this.#leader === undefined) throw new TypeError('No master leads');
    return this.#leader;
  }

  get #seed(): number {
    return this.#options.seed ?? 1;
  }

  /**
   * Cuts the master's power and starts another at its address, which recovers the registry: its id is `M2`, then `M3`. Agents and
   * schedulers say nothing by themselves.
   * @param flags Flags in which it differs from the first.
   */
  async failover(flags: Partial<MasterFlags> = {}): Promise<void> {
    const { address } = this.runtime;
    await this.runtime.close();
    await this.clock.settle();
    this.#leader = await this.#start(`M${this.#masters + 1}`, flags, address);
    await this.clock.settle();
  }

  async #start(id: string, flags: Partial<MasterFlags> = {}, address?: string): Promise<Leader> {
    this.#masters++;
    const runtime = await new Runtime({
      clock: this.clock,
      transport: this.network.transport(address),
      random: new SeededRandom(this.#seed * 1000 + this.#masters),
      logger: remember(this.log),
      delegate: 'master',
      copyLocalMessages: true,
    }).start();
    const { authorizer, flags: common } = this.#options;
    const all = { hostname: 'test-master', ...common, ...flags };
    return { runtime, master: await startMaster({ runtime, id, authorizer, registry: this.registry, flags: all }) };
  }

  /** The master's address. */
  get masterPid(): PID {
    return this.master.pid;
  }

  /** A new machine on the network. */
  async machine(): Promise<Runtime> {
    const runtime = await new Runtime({
      clock: this.clock,
      transport: this.network.transport(),
      random: new SeededRandom(this.#seed + this.#runtimes.length + 1),
    }).start();
    this.#runtimes.push(runtime);
    return runtime;
  }

  /** An agent on a machine of its own that has registered. */
  async agent(options: Omit<TestAgentOptions, 'master'> = {}): Promise<OnMachine<TestAgent>> {
    const runtime = await this.machine();
    const actor = new TestAgent({ master: this.masterPid, ...options });
    runtime.spawn(actor);
    await this.clock.settle();
    actor.register();
    await this.clock.settle();
    return { actor, runtime };
  }

  /** Ends an agent's actor, as a crash does, and puts another in its place that knows its id; it says nothing by itself. */
  async restartAgent(
    agent: OnMachine<TestAgent>,
    options: Omit<TestAgentOptions, 'master'> = {},
  ): Promise<OnMachine<TestAgent>> {
    await this.kill(agent);
    const actor = new TestAgent({ master: this.masterPid, ...options });
    actor.agentId = agent.actor.agentId;
    agent.runtime.spawn(actor);
    await this.clock.settle();
    return { actor, runtime: agent.runtime };
  }

  /** Ends the actor on a machine; the machine stays on the network. */
  async kill({ actor, runtime }: OnMachine<TestAgent | TestScheduler>): Promise<void> {
    runtime.terminate(actor.self);
    await this.clock.settle();
  }

  /** A scheduler on a machine of its own that has subscribed, or was refused. */
  async scheduler(options: Omit<TestSchedulerOptions, 'master'> = {}): Promise<OnMachine<TestScheduler>> {
    const runtime = await this.machine();
    const actor = new TestScheduler({ master: this.masterPid, ...options });
    runtime.spawn(actor);
    await this.clock.settle();
    actor.subscribe();
    await this.clock.settle();
    return { actor, runtime };
  }

  /** A scheduler that speaks HTTP and has subscribed, or was refused. */
  async httpScheduler(options: Omit<HttpTestSchedulerOptions, 'runtime'> = {}): Promise<HttpTestScheduler> {
    const scheduler = new HttpTestScheduler({ runtime: this.runtime, ...options });
    await scheduler.subscribe();
    await this.clock.settle();
    return scheduler;
  }

  /** What an endpoint of the master answers, as JSON. */
  async get(path: string): Promise<unknown> {
    const { body } = await this.runtime.inject({ url: path });
    return JSON.parse(body.toString());
  }

  /** A metric of the master. */
  metric(name: string): number | undefined {
    return this.runtime.metrics.snapshot()[name];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const runtime of this.#runtimes.toReversed()) await runtime.close();
    await this.master.close();
    await this.runtime.close();
  }
}

function remember(log: string[]): Logger {
  const at = (level: string) => (text: string) => {
    log.push(`${level} ${text}`);
  };
  return { debug: () => undefined, info: at('info'), warn: at('warn'), error: at('error') };
}
