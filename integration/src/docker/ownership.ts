import { hostname } from 'node:os';
import type { Engine } from './engine.ts';

const ownerLabel = 'org.mesos-ts.owner';

/** Labels of everything this process makes on an engine. */
export function ownLabels(): Record<string, string> {
  return { [ownerLabel]: `${hostname()}:${process.pid}` };
}

/** Removes what processes of this host left behind that ended without cleaning up, interrupted ones for example. */
export async function removeLeftovers(engine: Engine): Promise<void> {
  const { dockerode } = engine.container;
  const filters = { label: [ownerLabel] };
  const containers = await dockerode.listContainers({ all: true, filters });
  const dead = containers.filter((container) => isOwnerDead(container.Labels[ownerLabel]));
  await Promise.allSettled(dead.map(({ Id }) => dockerode.getContainer(Id).remove({ force: true, v: true })));
  const networks = await dockerode.listNetworks({ filters });
  const unused = networks.filter((network) => isOwnerDead(network.Labels?.[ownerLabel]));
  await Promise.allSettled(unused.map(({ Id }) => dockerode.getNetwork(Id).remove()));
}

function isOwnerDead(owner: string | undefined): boolean {
  const [host, pid] = owner?.split(':') ?? [];
  if (host !== hostname() || pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
