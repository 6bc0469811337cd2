import { frameworkUsed } from '../../state/framework.ts';
import { isStrictSubroleOf, ResourceQuantities, roleAncestors, Resources } from '@mesos-ts/protocol';
import type { MasterSettings } from '../../options.ts';
import type { Cluster } from '../../state/cluster.ts';
import type { V0View } from './source.ts';

/** What `/roles` shows: the roles that anything is known of, as far as somebody may see them, with what they have. */
export const rolesView: V0View = ({ cluster, settings }, approvers) => {
  const members = membersByRole(cluster);
  const roles = knownRoles(cluster, settings, members.keys());
  return {
    roles: roles
      .filter((role) => approvers.approves('VIEW_ROLE', { value: role }))
      .map((role) => {
        const allocated = sum(
          [...cluster.frameworks.values()].map((it) => below(frameworkUsed(it).allocations(), role)),
        );
        const offered = sum(
          [...cluster.frameworks.values()].map((it) => below(it.offeredResources.allocations(), role)),
        );
        const reserved = sum([...cluster.agents.values()].map((it) => below(it.totalResources.reservations(), role)));
        return {
          name: role,
          weight: settings.weights.get(role) ?? 1,
          quota: { role, guarantee: {}, limit: {}, consumed: allocated.add(unused(cluster, role)).toObject() },
          resources: allocated.add(offered).toObject(),
          allocated: allocated.toObject(),
          offered: offered.toObject(),
          reserved: reserved.toObject(),
          frameworks: [...(members.get(role) ?? [])],
        };
      }),
  };
};

function membersByRole(cluster: Cluster): Map<string, Set<string>> {
  const members = new Map<string, Set<string>>();
  for (const framework of cluster.frameworks.values()) {
    const used = frameworkUsed(framework).allocations().keys();
    for (const role of [...framework.roles, ...used]) {
      const ids = members.get(role) ?? new Set<string>();
      members.set(role, ids.add(framework.id));
    }
  }
  return members;
}

function knownRoles(cluster: Cluster, settings: MasterSettings, subscribed: Iterable<string>): string[] {
  const roles = new Set<string>(settings.roles === undefined ? subscribed : [...settings.roles, '*']);
  if (settings.roles === undefined) {
    for (const role of settings.weights.keys()) roles.add(role);
    for (const agent of cluster.agents.values()) {
      for (const role of agent.totalResources.reservations().keys()) roles.add(role);
    }
  }
  for (const role of roles) for (const ancestor of roleAncestors(role)) roles.add(ancestor);
  return [...roles].toSorted();
}

/** Reservations of the role that nobody uses: they count as consumed all the same. */
function unused(cluster: Cluster, role: string): ResourceQuantities {
  return sum(
    [...cluster.agents.values()].map((agent) => {
      let used = Resources.empty;
      for (const resources of agent.usedResources.values()) used = used.add(resources);
      return below(agent.totalResources.reservations(), role).subtract(below(used.reservations(), role));
    }),
  );
}

/** How much of resources that are told apart by role belongs to a role and those below it. */
function below(byRole: ReadonlyMap<string, Resources>, role: string): ResourceQuantities {
  const parts = [...byRole].filter(([name]) => name === role || isStrictSubroleOf(name, role));
  return sum(parts.map(([, resources]) => resources.quantities));
}

function sum(parts: readonly ResourceQuantities[]): ResourceQuantities {
  let total = ResourceQuantities.empty;
  for (const part of parts) total = total.add(part);
  return total;
}
