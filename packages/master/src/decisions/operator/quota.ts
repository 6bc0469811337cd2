import type { Approvers } from '@mesos-ts/daemon';
import {
  validateResources,
  validateRole,
  type QuotaConfig,
  type QuotaRequest,
  type Resource,
  type Value_Scalar,
} from '@mesos-ts/protocol';
import { isKnownRole } from '../../options.ts';
import type { Turn } from '../turn.ts';
import { bad, done, forbidden, unsupported, type OperatorAnswer } from './answer.ts';

const what = 'Quota';
const exabyteInMegabytes = 1024 ** 4;
const trillion = 1e12;

/** Sets guarantees and limits of roles. */
export function updateQuota(turn: Turn, approvers: Approvers, configs: readonly QuotaConfig[]): OperatorAnswer {
  for (const config of configs) {
    const { role } = config;
    if (!isKnownRole(turn.settings, role)) return bad(`Invalid QuotaConfig: '${role}' is not on the roles whitelist`);
    if (role.includes('/')) return bad(`Updating quota on nested role '${role}' is not supported yet`);
    const error = validateConfig(config);
    if (error !== undefined) return bad(`Invalid QuotaConfig: ${error}`);
  }
  if (!configs.every(({ role: value }) => approvers.approves('UPDATE_QUOTA', { value }))) return forbidden;
  return configs.length === 0 ? done : unsupported(what);
}

/** Sets the quota of a role that has none: the call of old, in which a guarantee is a limit, too. */
export function setQuota(turn: Turn, approvers: Approvers, { guarantee = [], role }: QuotaRequest): OperatorAnswer {
  const resourceError = validateResources(guarantee);
  if (resourceError !== undefined) {
    return bad(`Failed to validate set quota request: QuotaInfo with invalid resource: ${resourceError}`);
  }
  const error = validateRequest(role, guarantee);
  if (error !== undefined) return bad(`Failed to validate set quota request: ${error}`);
  const name = role ?? '';
  if (!isKnownRole(turn.settings, name)) return bad(`Failed to validate set quota request: Unknown role '${name}'`);
  if (name.includes('/')) return bad(`Setting quota on nested role '${name}' is not supported yet`);
  return approvers.approves('UPDATE_QUOTA', { value: name }) ? unsupported(what) : forbidden;
}

/**
 * Takes the quota of a role away. No role has one yet.
 * @param path The path of the request, for the error; none if it was a call.
 */
export function removeQuota(turn: Turn, role: string, path: string | undefined): OperatorAnswer {
  const failed = path === undefined ? 'remove quota' : `remove quota for path '${path}'`;
  if (path !== undefined && !isKnownRole(turn.settings, role)) {
    return bad(`Failed to validate remove quota request for path '${path}': Unknown role '${role}'`);
  }
  return bad(`Failed to ${failed}: Role '${role}' has no quota set`);
}

function validateConfig({ guarantees = {}, limits = {}, role }: QuotaConfig): string | undefined {
  const roleError = validateRole(role);
  if (roleError !== undefined) return `Invalid 'QuotaConfig.role': ${roleError}`;
  for (const [field, amounts] of Object.entries({ guarantees, limits })) {
    const error = tooLarge(amounts);
    if (error !== undefined) return `Invalid 'QuotaConfig.${field}': ${error}`;
  }
  for (const [field, amounts] of Object.entries({ guarantee: guarantees, limit: limits })) {
    for (const [name, { value }] of Object.entries(amounts)) {
      const error = validateAmount(value);
      if (error !== undefined) return `Invalid ${field} configuration {'${name}': ${value}}: ${error}`;
    }
  }
  const over = Object.entries(guarantees).some(([name, { value }]) => value > (limits[name]?.value ?? Infinity));
  if (!over) return undefined;
  return `'QuotaConfig.guarantees' ${show(guarantees)} is not contained within the 'QuotaConfig.limits' ${show(limits)}`;
}

function tooLarge(amounts: Readonly<Record<string, Value_Scalar>>): string | undefined {
  for (const [name, { value }] of Object.entries(amounts)) {
    const isMemory = name === 'mem' || name === 'disk';
    const max = isMemory ? exabyteInMegabytes : trillion;
    if (!(value > max)) continue;
    const limit = isMemory ? '1 exabyte' : '1 trillion';
    return `{'${name}': ${value}} is invalid: values greater than ${limit} (${max}) are not supported`;
  }
  return undefined;
}

function validateAmount(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN not supported';
  if (!Number.isFinite(value)) return 'Infinite values not supported';
  return value < 0 ? 'Negative values not supported' : undefined;
}

function show(amounts: Readonly<Record<string, Value_Scalar>>): string {
  const list = Object.entries(amounts).map(([name, { value }]) => `${name}: ${value}`);
  return `{ ${list.join(', ')} }`;
}

function validateRequest(role: string | undefined, guarantee: readonly Resource[]): string | undefined {
  if (role === undefined) return 'QuotaInfo must specify a role';
  const roleError = validateRole(role);
  if (roleError !== undefined) return `QuotaInfo with invalid role: ${roleError}`;
  if (guarantee.length === 0) return "QuotaInfo with empty 'guarantee'";
  const names = new Set<string>();
  for (const { disk, name, reservation, reservations = [], revocable, role: reservedFor, type } of guarantee) {
    const isReserved = reservation !== undefined || reservations.length > 0 || (reservedFor ?? '*') !== '*';
    if (isReserved) return 'QuotaInfo must not contain any ReservationInfo';
    if (disk !== undefined) return 'QuotaInfo must not contain DiskInfo';
    if (revocable !== undefined) return 'QuotaInfo must not contain RevocableInfo';
    if (type !== 'SCALAR') return 'QuotaInfo must not include non-scalar resources';
    if (names.has(name)) return `QuotaInfo contains duplicate resource name '${name}'`;
    names.add(name);
  }
  return undefined;
}
