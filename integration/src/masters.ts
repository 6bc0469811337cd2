import type { ExecutionContext } from 'ava';
import { registeredAgents } from './cluster-state.ts';
import { MASTER_PORT, MASTER_WORK_DIR, type Cluster, type NodeFlags } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';
import { waitUntil } from './wait-until.ts';

/** An address that no host has: frames to it are lost without a word. */
const NOWHERE = '02:00:00:00:00:01';
const MASTER_PROCESS = /^\S*node .*mesos-master/;
const FAILOVER_TIMEOUT_MS = 120_000;

/** The masters of a cluster, of which one leads. */
export class Masters {
  readonly nodes: readonly ClusterNode[];
  /** Those that cannot be asked at the moment. */
  readonly #away = new Set<ClusterNode>();

  private constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes;
  }

  /** Starts so many masters and waits until one leads. */
  static async start(cluster: Cluster, names: readonly string[], flags: NodeFlags): Promise<Masters> {
    const masters = new Masters(await Promise.all(names.map((name) => cluster.startMaster(flags, name))));
    await masters.leader();
    return masters;
  }

  /** Waits until exactly one of the masters that can be asked leads, and is not `former`. */
  async leader(former?: ClusterNode): Promise<ClusterNode> {
    const asked = this.nodes.filter((node) => !this.#away.has(node));
    const elected = await waitUntil(
      'one master leads',
      async () => {
        const isElected = await Promise.all(asked.map(async (node) => (await metricsOf(node))['master/elected'] === 1));
        return asked.filter((_, index) => isElected[index]);
      },
      (leaders) => leaders.length === 1 && leaders[0] !== former,
      FAILOVER_TIMEOUT_MS,
    );
    const [leader] = elected;
    if (leader === undefined) throw new Error('Nobody leads');
    return leader;
  }

  others(node: ClusterNode): readonly ClusterNode[] {
    return this.nodes.filter((other) => other !== node);
  }

  /** Leaves a master out of what is asked, while it cannot answer. */
  leaveOut(node: ClusterNode): void {
    this.#away.add(node);
  }

  /** Ends all masters. One that led may have ended by itself before its turn came, since the others did not confirm it any more. */
  async killAll(): Promise<void> {
    const outcomes = await Promise.allSettled(this.nodes.map((node) => node.kill()));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected' && !/is not running/.test(String(outcome.reason))) throw outcome.reason;
    }
    await Promise.all(this.nodes.map((node) => node.waitForExit()));
  }

  /** Starts a master that has ended, or waits until it has ended by itself and starts it then. */
  async startAgain(node: ClusterNode): Promise<void> {
    await node.waitForExit();
    await node.restart();
    await node.waitForHttp(MASTER_PORT, '/health');
    this.#away.delete(node);
  }
}

/** The process of a master on its host. */
export async function signalMaster(node: ClusterNode, signal: 'CONT' | 'KILL' | 'STOP'): Promise<void> {
  const pids = await node.processes(MASTER_PROCESS);
  await node.run(['kill', `-${signal}`, ...pids.map(String)]);
}

/** From now on nothing that a node sends reaches the others, silently. What they send still arrives. */
export async function cutOneWay(node: ClusterNode, others: readonly ClusterNode[]): Promise<void> {
  for (const other of others) await node.run(['arp', '-s', other.ip, NOWHERE]);
}

export async function healOneWay(node: ClusterNode, others: readonly ClusterNode[]): Promise<void> {
  for (const other of others) await node.run(['arp', '-d', other.ip]);
}

/**
 * Does something to the leading master, and waits until another leads and all agents are there again. Says how long that took.
 *
 * @returns the new leader.
 */
export async function failover(
  t: ExecutionContext,
  {
    what,
    masters,
    agents,
    fault,
  }: {
    readonly what: string;
    readonly masters: Masters;
    readonly agents: number;
    readonly fault: (leader: ClusterNode) => Promise<void>;
  },
): Promise<ClusterNode> {
  const former = await masters.leader();
  const began = performance.now();
  const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  await fault(former);
  masters.leaveOut(former);
  const leader = await masters.leader(former);
  const elected = seconds();
  await registeredAgents(leader, agents);
  t.log(
    `${what}: ${former.name} is followed by ${leader.name} after ${elected}, all agents are there after ${seconds()}`,
  );
  return leader;
}

/**
 * Waits until the logs of all masters hold the same: every position from where the last of them begins, and what was decided for it. A
 * standby that was away fetches what it missed within some seconds.
 *
 * @returns how many positions there are.
 */
export async function untilLogsAgree(masters: Masters): Promise<number> {
  const [first = []] = await waitUntil(
    'the logs of all masters hold the same',
    async () => {
      const logs = await Promise.all(masters.nodes.map(learnedBy));
      const begin = Math.max(...logs.map((log) => Math.min(...log.keys())));
      return logs.map((log) => [...log].filter(([position]) => position >= begin).map((entry) => entry.join(': ')));
    },
    ([log = [], ...others]) => log.length > 0 && others.every((other) => other.join() === log.join()),
  );
  return first.length;
}

/** What a master's replica has learned, by position. */
async function learnedBy(node: ClusterNode): Promise<ReadonlyMap<number, string>> {
  const [pid] = await node.processes(MASTER_PROCESS);
  // A log is of one program: what is on the disk is read in a copy, which is of one moment.
  const copy = `rm -rf /tmp/log; kill -STOP ${pid}; cp -r ${MASTER_WORK_DIR}/replicated_log /tmp/log; kill -CONT ${pid}`;
  await node.run(['sh', '-c', copy]);
  const actions = (await node.run(['mesos-log', 'read', '--path=/tmp/log'])).split(/^-+$/m);
  const learned = actions.flatMap((action) => {
    const [, position, value] = /^position: (\d+)$[^]*^learned: true$([^]*)/m.exec(action) ?? [];
    return position === undefined || value === undefined ? [] : ([[Number(position), value]] as const);
  });
  return new Map(learned);
}

async function metricsOf(node: ClusterNode): Promise<Record<string, number>> {
  try {
    return (await node.json(MASTER_PORT, '/metrics/snapshot')) as Record<string, number>;
  } catch {
    // It starts, or has ended.
    return {};
  }
}
