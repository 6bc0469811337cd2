import { roleShares } from '../role-shares.ts';
import type { Approvers } from '@mesos-ts/daemon';
import type {
  MasterResponse_GetRoles,
  MasterResponse_GetWeights,
  ResourceQuantities,
  Resource,
} from '@mesos-ts/protocol';
import type { MasterSettings } from '../../options.ts';
import type { ShownCluster } from '../shown.ts';

// Of others nobody knows whether they are scalars, so Mesos tells of these only.
const shownNames: ReadonlySet<string> = new Set(['cpus', 'disk', 'gpus', 'mem']);

/** The roles that somebody may see, with what is allocated and offered to each and to those below it. */
export function rolesView(
  cluster: ShownCluster,
  settings: Pick<MasterSettings, 'roles'>,
  approvers: Approvers,
): MasterResponse_GetRoles {
  const shares = roleShares(cluster, settings).filter(({ role }) => sees(approvers, role));
  return {
    roles: shares.map(({ allocated, members, offered, role, weight }) => ({
      name: role,
      weight,
      resources: scalars(allocated.add(offered)),
      frameworks: members.map((value) => ({ value })),
    })),
  };
}

function scalars(quantities: ResourceQuantities): Resource[] {
  return quantities
    .names()
    .filter((name) => shownNames.has(name))
    .map((name) => ({ name, type: 'SCALAR', scalar: { value: quantities.get(name) } }));
}

/** The weights that were set, of roles that somebody may see; nothing at all where there are none. */
export function weightsView(
  { weights }: Pick<ShownCluster, 'weights'>,
  approvers: Approvers,
): MasterResponse_GetWeights | undefined {
  const shown = [...weights].filter(([role]) => sees(approvers, role));
  return shown.length === 0 ? undefined : { weight_infos: shown.map(([role, weight]) => ({ role, weight })) };
}

function sees(approvers: Approvers, role: string): boolean {
  return approvers.approves('VIEW_ROLE', { value: role });
}
