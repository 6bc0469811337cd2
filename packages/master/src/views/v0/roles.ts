import { ResourceQuantities } from '@mesos-ts/protocol';
import { usedOf } from '../../state/agent.ts';
import { limitsObject, quotaOf } from '../../quota.ts';
import { addUp, roleShares } from '../role-shares.ts';
import type { JsonObject } from '@mesos-ts/daemon';
import type { V0View } from './source.ts';
import type { ShownCluster } from '../shown.ts';

/** What `/roles` shows: the roles that anything is known of, as far as somebody may see them, with what they have. */
export const rolesView: V0View = ({ cluster, settings }, approvers) => {
  const { reserved, unused } = reservations(cluster);
  const shares = roleShares(cluster, settings);
  return {
    roles: shares
      .filter(({ role }) => approvers.approves('VIEW_ROLE', { value: role }))
      .map(({ allocated, members, offered, role, weight }) => ({
        name: role,
        weight,
        quota: { ...quotaAmounts(cluster, role), consumed: allocated.add(amountOf(unused, role)).toObject() },
        resources: allocated.add(offered).toObject(),
        allocated: allocated.toObject(),
        offered: offered.toObject(),
        reserved: amountOf(reserved, role).toObject(),
        frameworks: members,
      })),
  };
};

function quotaAmounts({ quotas }: ShownCluster, role: string): JsonObject {
  const { guarantees, limits } = quotaOf(quotas.get(role) ?? { role });
  return { role, guarantee: guarantees.toObject(), limit: limitsObject(limits) };
}

type Amounts = Map<string, ResourceQuantities>;

/** What is reserved for roles and those below them, and how much of it nobody uses: that counts as consumed all the same. */
function reservations(cluster: ShownCluster): { reserved: Amounts; unused: Amounts } {
  const reserved: Amounts = new Map();
  const unused: Amounts = new Map();
  for (const agent of cluster.agents.values()) {
    const here: Amounts = new Map();
    addUp(here, agent.totalResources.reservations());
    if (here.size === 0) continue;
    const used: Amounts = new Map();
    addUp(used, usedOf(agent).reservations());
    for (const [role, amount] of here) {
      reserved.set(role, amountOf(reserved, role).add(amount));
      unused.set(role, amountOf(unused, role).add(amount.subtract(amountOf(used, role))));
    }
  }
  return { reserved, unused };
}

function amountOf(amounts: Amounts, role: string): ResourceQuantities {
  return amounts.get(role) ?? ResourceQuantities.empty;
}
