import type { Approvers, JsonObject } from '@mesos-ts/daemon';
import type { V0Source } from './source.ts';

/** What `/weights` shows: the weights that were set, of roles that somebody may see. */
export function weightsView({ cluster }: V0Source, approvers: Approvers): JsonObject[] {
  return [...cluster.weights]
    .filter(([role]) => approvers.approves('VIEW_ROLE', { value: role }))
    .map(([role, weight]) => ({ weight, role }));
}
