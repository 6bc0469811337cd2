import type { Approvers } from '@mesos-ts/daemon';
import { validateRole, type WeightInfo } from '@mesos-ts/protocol';
import { isKnownRole, type MasterSettings } from '../../options.ts';
import type { Turn } from '../turn.ts';
import { bad, done, forbidden, unsupported, type OperatorAnswer } from './answer.ts';

/** Sets weights of roles. */
export function updateWeights(turn: Turn, approvers: Approvers, weights: readonly WeightInfo[]): OperatorAnswer {
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
  return trimmed.length === 0 ? done : unsupported('Changing the weights of roles while the master runs');
}

function validateWeight(
  { role, weight }: { role: string; weight: number },
  settings: MasterSettings,
): string | undefined {
  const error = validateRole(role);
  if (error !== undefined) return `: Invalid role '${role}': ${error}`;
  if (!isKnownRole(settings, role)) return `: Unknown role '${role}'`;
  return weight > 0 ? undefined : ` for role '${role}': Invalid weight '${weight}': Weights must be positive`;
}
