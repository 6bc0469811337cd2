/** The cluster that a scenario runs on: a master and agents of this OS process, on loopback, that tell which rights they ask for. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startAgent, type AgentHandle } from '@mesos-ts/agent';
import { StandaloneContender, StandaloneDetector } from '@mesos-ts/election';
import { commandExecutorPath } from '@mesos-ts/executor/command-executor';
import { streamLogger, type Logger } from '@mesos-ts/libprocess';
import { startMaster, type MasterHandle } from '@mesos-ts/master';
import { shownPorts, type Daemon, type Scenario } from './scenario.ts';
import type { Authorizer } from '@mesos-ts/daemon';

/** Allows everything, and notes what it was asked for. */
class Witness implements Authorizer {
  /** A new one for each request. */
  #actions = new Set<string>();

  approvers(): ReturnType<Authorizer['approvers']> {
    const actions = this.#actions;
    return {
      approves: (action, ..._object) => {
        // Agents come back, and streams show what happens later on: neither has to do with the request that is made by then.
        const isOfOthers = action === 'REGISTER_AGENT' || (actions !== this.#actions && action.startsWith('VIEW_'));
        if (!isOfOthers) this.#actions.add(action);
        return true;
      },
    };
  }

  /** What was asked for since the last time. */
  take(): string[] {
    const actions = [...this.#actions].toSorted();
    this.#actions = new Set();
    return actions;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Flags of every cluster: nothing takes longer than it must, and nothing depends on the machine. */
const flags = {
  master: { allocation_interval: 50, cluster: 'example' },
  agent: {
    attributes: 'rack:r1',
    executor_shutdown_grace_period: 500,
    registration_backoff_factor: 10,
    resources: 'cpus:4;mem:2048;disk:4096;ports:[31000-31999]',
    switch_user: false,
  },
} as const;

/** A running cluster. */
export class Cluster implements AsyncDisposable {
  readonly folder: string;
  readonly #scenario: Scenario;
  readonly #env: Environment;
  readonly #master: MasterHandle;
  readonly #witnesses: Readonly<Record<Daemon, Witness>>;
  readonly #agents: AgentHandle[] = [];
  #standby: MasterHandle | undefined;

  private constructor(
    folder: string,
    scenario: Scenario,
    env: Environment,
    master: MasterHandle,
    witnesses: Readonly<Record<Daemon, Witness>>,
  ) {
    this.folder = folder;
    this.#scenario = scenario;
    this.#env = env;
    this.#master = master;
    this.#witnesses = witnesses;
  }

  /** Starts a master and an agent, which has registered; their `LIBPROCESS_*` variables are looked up in `env`. */
  static async start(scenario: Scenario, env: Environment = {}): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), 'mesos-reference-'));
    await writeFile(join(folder, 'master.log'), 'I0101 00:00:00.000000  4711 main.ts:1] Starting a master\n');
    const credentials = { credentials: [{ principal: 'ann', secret: 'sesame' }] };
    await writeFile(join(folder, 'credentials.json'), JSON.stringify(credentials), { mode: 0o600 });
    const witnesses = { master: new Witness(), agent: new Witness() };
    const master = await startMaster({
      flags: { ...flags.master, ...common(folder, 'master'), ...flagsOf(scenario, 'master', folder) },
      authorizer: witnesses.master,
      logger: quiet(),
      env,
    });
    const cluster = new Cluster(folder, scenario, env, master, witnesses);
    await cluster.startAgent();
    return cluster;
  }

  /** Starts one more agent; resolves when it has registered. */
  async startAgent(): Promise<void> {
    const name = `agent${this.#agents.length === 0 ? '' : this.#agents.length}`;
    const agent = await startAgent({
      flags: {
        ...flags.agent,
        ...common(this.folder, name),
        ...flagsOf(this.#scenario, 'agent', this.folder),
        master: this.#master.address,
        runtime_dir: join(this.folder, name, 'run'),
        fetcher_cache_dir: join(this.folder, name, 'fetch'),
      },
      authorizer: this.#witnesses.agent,
      logger: quiet(),
      env: this.#env,
    });
    this.#agents.push(agent);
    await agent.registered;
  }

  /** Starts a master that does not lead, and knows which one does. */
  async startStandby(): Promise<void> {
    this.#standby = await startMaster({
      flags: common(this.folder, 'standby'),
      election: { contender: new StandaloneContender(), detector: new StandaloneDetector(this.#master.info) },
      logger: quiet(),
    });
  }

  /** Ends the agent that was started last; it takes its leave of the master. */
  async stopAgent(): Promise<void> {
    await this.#agents.at(-1)?.shutdown({ unregister: true });
  }

  /** Where a daemon is: of agents, the first. */
  url(daemon: Daemon | 'standby'): string {
    const handles = { master: this.#master, agent: this.#agents[0], standby: this.#standby };
    return handles[daemon]?.url ?? '';
  }

  /** What a daemon asked its authorizer for since the last time. */
  actions(daemon: Daemon): string[] {
    return this.#witnesses[daemon].take();
  }

  /** Waits a little. */
  pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#master.runtime.clock.timer(20, resolve, { keepsAlive: true });
    });
  }

  /** What is told of this cluster, and what stands for it in the pages. */
  texts(): (readonly [found: string, shown: string])[] {
    const ports = [...this.ports()].map(([found, shown]): [string, string] => [
      `127.0.0.1:${found}`,
      `127.0.0.1:${shown}`,
    ]);
    return [
      [this.folder, '/var/lib/mesos'],
      [process.execPath, '/usr/bin/node'],
      [dirname(commandExecutorPath), '/usr/lib/mesos'],
      ...ports,
    ];
  }

  /** The numbers that stand for ports where they are fields of their own. */
  ports(): Map<number, number> {
    const agents = this.#agents.map(({ address }, index) => [address, shownPorts.agent + index] as const);
    const standby = this.#standby === undefined ? [] : [[this.#standby.address, shownPorts.standby] as const];
    const all = [[this.#master.address, shownPorts.master] as const, ...agents, ...standby];
    return new Map(all.map(([address, shown]) => [Number(address.split(':').at(-1)), shown]));
  }

  /** Ends the cluster and all that runs on it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.shutdown()));
    await this.#standby?.close();
    await this.#master.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A logger whose verbosity can be set, and who writes nothing. */
function quiet(): Logger {
  return streamLogger({ write: () => undefined, now: () => 0, component: 'example' });
}

function common(folder: string, name: string): { hostname: string; ip: string; port: number; work_dir: string } {
  return { hostname: '127.0.0.1', ip: '127.0.0.1', port: 0, work_dir: join(folder, name) };
}

/** The flags of a scenario, with the folder in place of `{FOLDER}`. */
function flagsOf(scenario: Scenario, daemon: Daemon, folder: string): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(scenario.flags?.[daemon] ?? {}).replaceAll('{FOLDER}', folder)) as object &
    Record<string, unknown>;
}
