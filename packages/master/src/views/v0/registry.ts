import type { JsonObject } from '@mesos-ts/daemon';
import { toJson } from '@mesos-ts/protocol';
import type { V0Source } from './source.ts';

/**
 * What `/registrar(1)/registry` shows: a `Registry`, which is what a master would have to remember to be replaced: itself, and the
 * agents that it let in, lost sight of and sent away. It is in memory here, so it is what this master knows.
 */
export function registryView({
  cluster,
  facts,
  settings,
}: Pick<V0Source, 'cluster' | 'facts' | 'settings'>): JsonObject {
  const agents = [...cluster.agents.values()].map(({ info }) => ({ info: toJson('mesos.v1.AgentInfo', info) }));
  const unreachable = [...cluster.unreachableAgents].map(([id, { sinceMs }]) => leftAt(id, sinceMs));
  const gone = [...cluster.goneAgents].map(([id, sinceMs]) => leftAt(id, sinceMs));
  const weights = [...settings.weights].map(([role, weight]) => ({ info: { role, weight } }));
  return {
    master: { info: toJson('mesos.v1.MasterInfo', facts.info) },
    slaves: { slaves: agents },
    unreachable: { slaves: unreachable },
    gone: gone.length === 0 ? undefined : { slaves: gone },
    weights: weights.length === 0 ? undefined : weights,
  };
}

function leftAt(id: string, sinceMs: number): JsonObject {
  return { id: { value: id }, timestamp: { nanoseconds: sinceMs * 1e6 } };
}
