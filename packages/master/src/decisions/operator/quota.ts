import type { Approvers } from '@mesos-ts/daemon';
import {
  ResourceQuantities,
  validateResources,
  validateRole,
  type QuotaConfig,
  type QuotaRequest,
  type Resource,
  type Value_Scalar,
} from '@mesos-ts/protocol';
import { deferred } from '@mesos-ts/libprocess';
import { isKnownRole } from '../../options.ts';
import { validateScalarValue } from '../../validation/resources.ts';
import { configOf, configOfInfo, isWithin, limitsText, quotaOf } from '../../quota.ts';
import { consumedQuota, freeForGuarantee, keepQuota } from '../quota-offers.ts';
import type { Cluster } from '../../state/cluster.ts';
import type { Turn } from '../turn.ts';
import { bad, conflict, done, forbidden, type LaterAnswer, type OperatorAnswer } from './answer.ts';

const exabyteInMegabytes = 1024 ** 4;
const trillion = 1e12;

/** Quotas that are to be set, all or none. */
export interface QuotaUpdate {
  readonly configs: readonly QuotaConfig[];
  /** Also where a role has more than its limit, and where the cluster has less than is guaranteed. */
  readonly force: boolean;
}

/** Sets guarantees and limits of roles. Answered when the registry has them. */
export function updateQuota(turn: Turn, approvers: Approvers, { configs, force }: QuotaUpdate): LaterAnswer {
  const error = configs.map((config) => configError(turn, config)).find((each) => each !== undefined);
  if (error !== undefined) return bad(error);
  const excess = force ? undefined : (consumptionError(turn.cluster, configs) ?? capacityError(turn.cluster, configs));
  if (excess !== undefined) return bad(`Invalid QuotaConfig: ${excess} (use 'force' flag to bypass this check)`);
  if (!configs.every(({ role: value }) => approvers.approves('UPDATE_QUOTA', { value }))) return forbidden;
  if (configs.length === 0) return done;
  return store(turn, configs, (later) => {
    for (const { role } of configs) keepQuota(later, role, quotaOf(later.cluster.quotas.get(role) ?? { role }));
  });
}

/** Has the registry take quotas, and then everybody else; the allocator comes first, so that what is freed then is given out by them. */
function store(turn: Turn, configs: readonly QuotaConfig[], then: (turn: Turn) => void): Promise<OperatorAnswer> {
  const answer = deferred<OperatorAnswer>();
  turn.registry({ type: 'update-quota', configs }, (later) => {
    for (const config of configs) {
      const { role } = config;
      const quota = quotaOf(config);
      later.cluster.quotas.set(role, configOf(role, quota));
      later.allocator({ type: 'update-quota', role, quota });
      const { guarantees, limits } = quota;
      later.info(
        `Updated the quota of role '${role}': guarantees ${guarantees.toString()}, limits ${limitsText(limits)}`,
      );
    }
    then(later);
    answer.resolve(done);
  });
  return answer.promise;
}

function configError({ settings }: Turn, config: QuotaConfig): string | undefined {
  const { role } = config;
  if (!isKnownRole(settings, role)) return `Invalid QuotaConfig: '${role}' is not on the roles whitelist`;
  if (role.includes('/')) return `Updating quota on nested role '${role}' is not supported yet`;
  const error = validateConfig(config);
  return error === undefined ? undefined : `Invalid QuotaConfig: ${error}`;
}

/** Says which role has more than it is to get at most, or nothing. */
function consumptionError(cluster: Cluster, configs: readonly QuotaConfig[]): string | undefined {
  for (const config of configs) {
    const { limits } = quotaOf(config);
    const consumed = consumedQuota(cluster, config.role);
    if (isWithin(consumed, limits)) continue;
    return (
      `Role '${config.role}' is already consuming '${consumed.toString()}'; ` +
      `this is more than the requested limits '${limitsText(limits)}'`
    );
  }
  return undefined;
}

/** Says that less is there than is guaranteed with these quotas, or nothing. */
function capacityError(cluster: Cluster, configs: readonly QuotaConfig[]): string | undefined {
  const { capacity, guaranteed } = commitment(cluster, configs);
  if (capacity.contains(guaranteed)) return undefined;
  return `total quota guarantees '${guaranteed.toString()}' exceed cluster capacity '${capacity.toString()}'`;
}

/** What all roles are guaranteed with these quotas, and what the agents have, connected or not. */
function commitment(
  cluster: Cluster,
  configs: readonly QuotaConfig[],
): { readonly guaranteed: ResourceQuantities; readonly capacity: ResourceQuantities } {
  const all = new Map([...cluster.quotas.values(), ...configs].map((config) => [config.role, quotaOf(config)]));
  let guaranteed = ResourceQuantities.empty;
  for (const { guarantees } of all.values()) guaranteed = guaranteed.add(guarantees);
  let capacity = ResourceQuantities.empty;
  for (const { totalResources } of cluster.agents.values()) {
    capacity = capacity.add(totalResources.nonRevocable().scalarQuantities);
  }
  return { guaranteed, capacity };
}

/**
 * Sets the quota of a role that has none: the call of old, in which a guarantee is a limit, too. Answered when the registry has it.
 */
export function setQuota(turn: Turn, approvers: Approvers, { force, guarantee = [], role }: QuotaRequest): LaterAnswer {
  const resourceError = validateResources(guarantee);
  if (resourceError !== undefined) {
    return bad(`Failed to validate set quota request: QuotaInfo with invalid resource: ${resourceError}`);
  }
  const error = validateRequest(role, guarantee);
  if (error !== undefined) return bad(`Failed to validate set quota request: ${error}`);
  const name = role ?? '';
  const { cluster } = turn;
  if (!isKnownRole(turn.settings, name)) return bad(`Failed to validate set quota request: Unknown role '${name}'`);
  if (cluster.quotas.has(name) || cluster.quotasUnderWay.has(name)) {
    return bad(`Failed to validate set quota request: Cannot set quota for role '${name}' which already has quota`);
  }
  if (name.includes('/')) return bad(`Setting quota on nested role '${name}' is not supported yet`);
  if (!approvers.approves('UPDATE_QUOTA', { value: name })) return forbidden;
  const config = configOfInfo({ role: name, guarantee: [...guarantee] });
  const { capacity, guaranteed } = commitment(cluster, [config]);
  if (force !== true && !capacity.contains(guaranteed)) {
    return conflict(
      "Quota guarantees overcommit the cluster (use 'force' to bypass this check): " +
        `Total quota guarantees '${guaranteed.toString()}' exceed cluster capacity '${capacity.toString()}'`,
    );
  }
  cluster.quotasUnderWay.add(name);
  return store(turn, [config], (later) => {
    cluster.quotasUnderWay.delete(name);
    freeForGuarantee(later, name, quotaOf(config));
  });
}

/**
 * Takes the quota of a role away. Answered when the registry has it no more.
 * @param path The path of the request, for the error; none if it was a call.
 */
export function removeQuota(turn: Turn, approvers: Approvers, role: string, path: string | undefined): LaterAnswer {
  const failed = path === undefined ? 'remove quota' : `remove quota for path '${path}'`;
  if (path !== undefined && !isKnownRole(turn.settings, role)) {
    return bad(`Failed to validate remove quota request for path '${path}': Unknown role '${role}'`);
  }
  if (!turn.cluster.quotas.has(role)) return bad(`Failed to ${failed}: Role '${role}' has no quota set`);
  if (!approvers.approves('UPDATE_QUOTA', { value: role })) return forbidden;
  return store(turn, [{ role }], (later) => {
    later.cluster.quotas.delete(role);
  });
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
      const error = validateScalarValue(value);
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
