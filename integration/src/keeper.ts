import { masterPort, type Cluster } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { KeeperOptions } from './programs/keeper.ts';

const programPath = '/opt/mesos-ts/integration/dist/src/programs/keeper.js';

/** Starts a framework that keeps tasks on a host of its own, and waits until all of them run. */
export async function startKeeper(
  cluster: Cluster,
  options: Pick<KeeperOptions, 'isPartitionAware' | 'name' | 'tasks'>,
): Promise<ClusterNode> {
  const ip = cluster.addressOf(options.name);
  const config: KeeperOptions = { ...options, ip, master: `${cluster.addressOf('master')}:${masterPort}` };
  const keeper = await cluster.startNode({
    name: options.name,
    command: ['node', programPath, JSON.stringify(config)],
    ready: /^subscribed /m,
  });
  await Promise.all(options.tasks.map(({ id }) => keeper.waitForLog(new RegExp(`^update ${id} TASK_RUNNING`, 'm'))));
  return keeper;
}

/** The states of a task as its framework was told, one after the other, with reasons: `TASK_LOST REASON_AGENT_REMOVED`. */
export function updatesOf(keeper: ClusterNode, task: string): string[] {
  return [...keeper.logs().matchAll(new RegExp(`^update ${task} (.*)$`, 'gm'))].map(([, update]) => update ?? '');
}
