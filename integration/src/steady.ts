import type { Cluster } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { SteadyOptions } from './programs/steady.ts';

/** Where tasks write their names, on the host that they run on. */
const ranPath = '/var/lib/mesos/ran';

const programPath = '/opt/mesos-ts/integration/dist/src/programs/steady.js';
const frameworkName = 'steady';

/** What became of the tasks of the framework. Each list is of names, ascending. */
export interface SteadyTasks {
  readonly launched: readonly string[];
  /** Those the framework was told the good end of, which it may be told more than once: an acknowledgement may be lost. */
  readonly finished: readonly string[];
  /** Those it was told an end of that was none of theirs: they were never started. */
  readonly dropped: readonly string[];
  /** As often as they ran, by what they wrote. */
  readonly ran: readonly string[];
}

/** Starts a framework that always has tasks under way, on a host of its own. */
export async function startSteady(cluster: Cluster, master: string): Promise<ClusterNode> {
  const config: SteadyOptions = { master, ip: cluster.addressOf(frameworkName), ranFile: ranPath, tasksAtOnce: 1 };
  return cluster.startNode({
    name: frameworkName,
    command: ['node', programPath, JSON.stringify(config)],
    ready: /^update \S+ TASK_FINISHED$/m,
  });
}

/** How many tasks have finished so far. */
export function finishedTasks(steady: ClusterNode): number {
  return finishedOf(steady).length;
}

/** Has the framework launch no more, waits until it has been told of every task, and reads what they did. */
export async function tasksOf(steady: ClusterNode, agents: readonly ClusterNode[]): Promise<SteadyTasks> {
  const pids = await steady.processes(/^node .*programs.steady/);
  await steady.run(['kill', '-USR2', ...pids.map(String)]);
  await steady.waitForLog(/^rests$/m, 120_000);
  const ran = await Promise.all(agents.map((agent) => agent.run(['sh', '-c', `cat ${ranPath} || true`])));
  const logs = steady.logs();
  return {
    launched: [...logs.matchAll(/^launched (\S+)$/gm)].map(([, id = '']) => id).toSorted(),
    finished: [...new Set(finishedOf(steady))].toSorted(),
    dropped: [
      ...new Set([...logs.matchAll(/^update (\S+) TASK_(?:LOST|DROPPED|GONE|UNKNOWN)$/gm)].map(([, id = '']) => id)),
    ].toSorted(),
    ran: ran.flatMap((text) => text.split('\n').filter((line) => line !== '')).toSorted(),
  };
}

function finishedOf(steady: ClusterNode): string[] {
  return [...steady.logs().matchAll(/^update (\S+) TASK_FINISHED$/gm)].map(([, id = '']) => id);
}
