import type { Approvers } from '@mesos-ts/daemon';
import { formatNumber, validateRole, type WeightInfo } from '@mesos-ts/protocol';
import { isKnownRole, type MasterSettings } from '../../options.ts';
import type { Turn } from '../turn.ts';
import { deferred } from '@mesos-ts/libprocess';
import { bad, done, forbidden, type LaterAnswer, type OperatorAnswer } from './answer.ts';

/** Sets weights of roles. Answered when the registry has them. */
export function updateWeights(turn: Turn, approvers: Approvers, weights: readonly WeightInfo[]): LaterAnswer {
  const trimmed = weights.map(({ role = '', weight }) => ({ role: role.trim(), weight }));
  for (const weight of trimmed) {
    const error = validateWeight(weight, turn.settings);
    if (error !== undefined) return bad(`Failed to validate update weights request JSON${error}`);
  }
  const may =
    trimmed.length === 0
      ? approvers.approves('UPDATE_WEIGHT')
      : trimmed.every((weight_info) => approvers.approves('UPDATE_WEIGHT', { weight_info }));
  if (!may) return forbidden;
  if (trimmed.length === 0) return done;
  const answer = deferred<OperatorAnswer>();
  turn.registry({ type: 'update-weights', weights: trimmed }, (later) => {
    for (const { role, weight } of trimmed) {
      later.cluster.weights.set(role, weight);
      later.allocator({ type: 'update-weight', role, weight });
    }
    later.info(`Updated the weights of ${trimmed.map(({ role, weight }) => `${role}=${weight}`).join(', ')}`);
    answer.resolve(done);
  });
  return answer.promise;
}

function validateWeight(
  { role, weight }: { role: string; weight: number },
  settings: MasterSettings,
): string | undefined {
  const error = validateRole(role);
  if (error !== undefined) return `: Invalid role '${role}': ${error}`;
  if (!isKnownRole(settings, role)) return `: Unknown role '${role}'`;
  return weight > 0
    ? undefined
    : ` for role '${role}': Invalid weight '${formatNumber(weight)}': Weights must be positive`;
}
