/** What a role can count on, and what it gets at most: together with the roles below it. */
import { fromMilli, ResourceQuantities, toMilli } from '@mesos-ts/protocol';
import type { QuotaConfig, QuotaInfo, Resource, Value_Scalar } from '@mesos-ts/protocol';

/** Amounts by resource name in thousandths. A resource that is not named has no limit; a limit may be 0. */
export type ResourceLimits = ReadonlyMap<string, number>;

/** The quota of a role. */
export interface Quota {
  readonly guarantees: ResourceQuantities;
  readonly limits: ResourceLimits;
}

/** The quota of roles for which nothing was set: nothing is guaranteed, nothing limited. */
export const defaultQuota: Quota = { guarantees: ResourceQuantities.empty, limits: new Map() };

/** The quota that a configuration means. Guarantees of nothing are none. */
export function quotaOf({ guarantees = {}, limits = {} }: QuotaConfig): Quota {
  return {
    guarantees: ResourceQuantities.of(
      Object.entries(guarantees).map(([name, { value }]) => [name, toMilli(value)] as const),
    ),
    limits: new Map(
      Object.entries(limits)
        .map(([name, { value }]) => [name, toMilli(value)] as const)
        .toSorted(([left], [right]) => (left < right ? -1 : 1)),
    ),
  };
}

/** The configuration that a quota of old means: what is guaranteed is the limit, too. */
export function configOfInfo({ guarantee = [], role = '' }: QuotaInfo): QuotaConfig {
  const amounts = Object.fromEntries(guarantee.map(({ name, scalar = { value: 0 } }) => [name, scalar]));
  return { role, guarantees: amounts, limits: amounts };
}

/** A configuration as it is told: amounts with three decimals, by name, and nothing that means nothing. */
export function configOf(role: string, { guarantees, limits }: Quota): QuotaConfig {
  return {
    role,
    ...(guarantees.isEmpty() ? {} : { guarantees: scalars(guarantees.entries()) }),
    ...(limits.size === 0 ? {} : { limits: scalars(limits) }),
  };
}

/** What is guaranteed, as the API of old tells it. */
export function infoOf(role: string, { guarantees }: Quota): QuotaInfo {
  const guarantee = [...guarantees.entries()].map(([name, milli]): Resource => ({
    name,
    type: 'SCALAR',
    scalar: { value: fromMilli(milli) },
  }));
  return { role, ...(guarantee.length === 0 ? {} : { guarantee }) };
}

/** Whether it is the quota of a role for which nothing was set. */
export function isDefaultQuota({ guarantees, limits }: Quota): boolean {
  return guarantees.isEmpty() && limits.size === 0;
}

/** Whether quantities are within limits. */
export function isWithin(quantities: ResourceQuantities, limits: ResourceLimits): boolean {
  for (const [name, milli] of limits) if (quantities.milli(name) > milli) return false;
  return true;
}

/** Limits as Mesos prints them: `cpus:1; mem:64`, or `{}`. */
export function limitsText(limits: ResourceLimits): string {
  if (limits.size === 0) return '{}';
  return [...limits].map(([name, milli]) => `${name}:${fromMilli(milli)}`).join('; ');
}

/** Limits in units, by name. */
export function limitsObject(limits: ResourceLimits): Record<string, number> {
  return Object.fromEntries([...limits].map(([name, milli]) => [name, fromMilli(milli)]));
}

function scalars(entries: Iterable<readonly [string, number]>): Record<string, Value_Scalar> {
  return Object.fromEntries([...entries].map(([name, milli]) => [name, { value: fromMilli(milli) }]));
}
