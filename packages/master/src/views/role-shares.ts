import { frameworkUsed } from '../state/framework.ts';
import { ResourceQuantities, roleAncestors, type Resources } from '@mesos-ts/protocol';
import type { MasterSettings } from '../options.ts';
import type { ShownCluster } from './shown.ts';

/** What a role and those below it have, and who is in the role. */
export interface RoleShare {
  readonly role: string;
  readonly weight: number;
  readonly allocated: ResourceQuantities;
  readonly offered: ResourceQuantities;
  /** The frameworks that are subscribed to the role itself or have something allocated to it, by id. */
  readonly members: readonly string[];
}

/** The roles that anything is known of, in order of name. With a whitelist they are those on it. */
export function roleShares(cluster: ShownCluster, settings: Pick<MasterSettings, 'roles'>): RoleShare[] {
  const members = new Map<string, Set<string>>();
  const allocated = new Map<string, ResourceQuantities>();
  const offered = new Map<string, ResourceQuantities>();
  for (const framework of cluster.frameworks.values()) {
    const used = frameworkUsed(framework).allocations();
    addUp(allocated, used);
    addUp(offered, framework.offeredResources.allocations());
    for (const role of [...framework.roles, ...used.keys()]) {
      members.set(role, (members.get(role) ?? new Set()).add(framework.id));
    }
  }
  return knownRoles(cluster, settings, members.keys()).map((role) => ({
    role,
    weight: cluster.weights.get(role) ?? 1,
    allocated: allocated.get(role) ?? ResourceQuantities.empty,
    offered: offered.get(role) ?? ResourceQuantities.empty,
    members: [...(members.get(role) ?? [])],
  }));
}

/** Adds what each role has to its own sum and to those of the roles above it. */
export function addUp(sums: Map<string, ResourceQuantities>, byRole: ReadonlyMap<string, Resources>): void {
  for (const [name, { quantities }] of byRole) {
    for (const role of [name, ...roleAncestors(name)]) {
      sums.set(role, (sums.get(role) ?? ResourceQuantities.empty).add(quantities));
    }
  }
}

function knownRoles(
  cluster: ShownCluster,
  { roles: whitelist }: Pick<MasterSettings, 'roles'>,
  subscribed: Iterable<string>,
): string[] {
  const roles = new Set<string>(
    whitelist === undefined
      ? [...subscribed, ...cluster.weights.keys(), ...cluster.quotas.keys()]
      : [...whitelist, '*'],
  );
  if (whitelist === undefined) {
    for (const agent of cluster.agents.values()) {
      for (const role of agent.totalResources.reservations().keys()) roles.add(role);
    }
  }
  for (const role of roles) for (const ancestor of roleAncestors(role)) roles.add(ancestor);
  return [...roles].toSorted();
}
