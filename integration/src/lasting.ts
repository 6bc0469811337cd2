import { readAgent } from './cluster-state.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { LastingOptions } from './programs/lasting.ts';
import { patienceMs, type Masters } from './masters.ts';
import { waitUntil } from './wait-until.ts';

const programPath = '/opt/mesos-ts/integration/dist/src/programs/lasting.js';
const frameworkName = 'lasting';
const pipePath = '/tmp/lasting';

/** One status update as a framework was told of it. */
interface Told {
  readonly state: string;
  readonly reason: string;
  /** `-` for one that no agent answers for. */
  readonly uuid: string;
}

/** Where a task is, and in what: the same for as long as it lives. */
export interface Place {
  readonly agent: string;
  readonly container: string;
  /** The processes of the task on the agent's host. */
  readonly pids: string;
}

/** A framework with one task on each of some agents, which outlive what happens to masters, and to the framework. */
export class Lasting {
  readonly node: ClusterNode;
  readonly #agents: readonly ClusterNode[];

  private constructor(node: ClusterNode, agents: readonly ClusterNode[]) {
    this.node = node;
    this.#agents = agents;
  }

  /** Starts the framework on a host of its own, and waits until all its tasks run. */
  static async start(cluster: Cluster, master: string, agents: readonly ClusterNode[]): Promise<Lasting> {
    const options: LastingOptions = {
      master,
      ip: cluster.addressOf(frameworkName),
      hosts: agents.map(({ name }) => name),
      pipe: pipePath,
      file: '/var/lib/lasting.json',
    };
    const node = await cluster.startNode({
      name: frameworkName,
      command: ['node', programPath, JSON.stringify(options)],
      ready: /^subscribed /m,
    });
    await Promise.all(agents.map(({ name }) => node.waitForLog(new RegExp(`^update ${name}\\.1 TASK_RUNNING`, 'm'))));
    return new Lasting(node, agents);
  }

  /** Ends the task of an agent, as the task itself would. Answers its id. */
  async endTaskOn(agent: ClusterNode): Promise<string> {
    const id = this.#lastOn(agent);
    await agent.run(['sh', '-c', `echo over > ${pipePath}`]);
    return id;
  }

  /** Waits until the framework was told that a task has finished, and its successor runs. */
  async untilFollowed(id: string): Promise<void> {
    const [host = '', number = ''] = id.split('.');
    await this.node.waitForLog(new RegExp(`^update ${host}\\.${number} TASK_FINISHED`, 'm'), patienceMs);
    await waitUntil(
      `another task runs after ${id}`,
      async () => this.#told(`${host}.${Number(this.#lastOn({ name: host }).split('.')[1])}`),
      (told) => this.#lastOn({ name: host }) !== id && told.some(({ state }) => state === 'TASK_RUNNING'),
      patienceMs,
    );
  }

  /** Waits until the leading master knows of exactly those tasks that run, on the agents that have them, and answers where they are. */
  async places(masters: Masters): Promise<Record<string, Place>> {
    const agents = this.#agents;
    const [places] = await waitUntil(
      'the leading master knows of the tasks that run',
      async (): Promise<[places: Record<string, Place>, expected: string[], known: string[]]> => {
        const running = (await Promise.all(agents.map((agent) => this.#running(agent)))).flat();
        const { frameworks } = await masters.state();
        const tasks = frameworks.filter(({ name }) => name === frameworkName).flatMap((framework) => framework.tasks);
        const known = tasks.map(({ id, slave_id, state }) => `${id} ${state} on ${slave_id}`);
        const expected = running.map(([id, { agent }]) => `${id} TASK_RUNNING on ${agent}`);
        return [Object.fromEntries(running), expected.toSorted(), known.toSorted()];
      },
      // A shell is two processes for as long as it takes to become another program.
      ([found, expected, known]) =>
        expected.length === agents.length &&
        known.join() === expected.join() &&
        Object.values(found).every(({ pids }) => /^\d+$/.test(pids)),
      patienceMs,
    );
    return places;
  }

  /** The processes of an agent's task. */
  async pidsOn(agent: ClusterNode): Promise<string> {
    return (await agent.processes(/^sh -c .*tmp.lasting/)).join();
  }

  /** Dies, and begins its next life. */
  async dieAndReturn(): Promise<void> {
    await this.node.kill();
    await this.node.waitForExit();
    const before = this.node.logs().length;
    await this.node.restart();
    await waitUntil(
      'what it printed before is there again',
      async () => this.node.logs().length,
      (length) => length >= before,
    );
  }

  /** Has the framework kill its tasks, and waits until it has been told of all ends. */
  async end(): Promise<void> {
    const [pid] = await this.node.processes(/^node .*programs.lasting/);
    await this.node.run(['kill', '-USR2', String(pid)]);
    await this.node.waitForLog(/^rests$/m, patienceMs);
  }

  /** All tasks that were launched. */
  launched(): string[] {
    return [...this.node.logs().matchAll(/^launched (\S+)$/gm)].map(([, id = '']) => id);
  }

  /**
   * What a framework was told of a task by its agent: each state once for each update that there was, however often that was sent; an agent sends
   * one again whose acknowledgement was lost with a master.
   */
  history(id: string): string[] {
    const updates = new Map(
      this.#told(id)
        .filter(({ uuid }) => uuid !== '-')
        .map(({ state, uuid }) => [uuid, state]),
    );
    return [...updates.values()];
  }

  /** What masters said of a task by themselves. */
  saidByMasters(id: string): string[] {
    return [
      ...new Set(
        this.#told(id)
          .filter(({ uuid }) => uuid === '-')
          .map(({ reason, state }) => `${state} ${reason}`),
      ),
    ];
  }

  /** How many updates were sent more than once. */
  repeated(): number {
    const uuids = [...this.node.logs().matchAll(/^update \S+ \S+ \S+ ([0-9a-f]+)$/gm)].map(([, uuid]) => uuid);
    return uuids.length - new Set(uuids).size;
  }

  #lastOn({ name }: Pick<ClusterNode, 'name'>): string {
    const id = this.launched().findLast((launched) => launched.startsWith(`${name}.`));
    if (id === undefined) throw new Error(`Nothing was launched on ${name}`);
    return id;
  }

  #told(id: string): Told[] {
    const lines = this.node
      .logs()
      .matchAll(new RegExp(`^update ${id.replace('.', '\\.')} (\\S+) (\\S+) (\\S+)$`, 'gm'));
    return [...lines].map(([, state = '', reason = '', uuid = '']) => ({ state, reason, uuid }));
  }

  async #running(agent: ClusterNode): Promise<[id: string, place: Place][]> {
    const [state, pids] = await Promise.all([readAgent(agent), this.pidsOn(agent)]);
    const executors = state.frameworks.flatMap((framework) => framework.executors);
    return executors.flatMap(({ container, tasks }) =>
      tasks
        .filter(({ id }) => id.startsWith(`${agent.name}.`))
        .map(({ id }): [string, Place] => [id, { agent: state.id, container, pids }]),
    );
  }
}
