import type { Approvers } from '@mesos-ts/daemon';
import { validateResources, type Resource } from '@mesos-ts/protocol';
import { bad, forbidden, unsupported, type OperatorAnswer } from './answer.ts';
import type { Turn } from '../turn.ts';

/** Which persistent volume of an agent is to become larger or smaller. */
export interface Resize {
  readonly agentId: string;
  readonly volume: Resource;
  /** What a volume that grows gets in addition. */
  readonly addition?: Resource;
}

/** Makes a persistent volume larger, or smaller where there is no addition. */
export function resizeVolume(turn: Turn, approvers: Approvers, { addition, agentId, volume }: Resize): OperatorAnswer {
  if (!turn.cluster.agents.has(agentId)) return bad('No agent found with specified ID');
  const error = validateResources(addition === undefined ? [volume] : [volume, addition]);
  if (error !== undefined) return bad(error);
  if (!approvers.approves('RESIZE_VOLUME', { resource: volume })) return forbidden;
  return unsupported(addition === undefined ? 'Shrinking volumes' : 'Growing volumes');
}
