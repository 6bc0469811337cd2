import type { Approvers } from '@mesos-ts/daemon';
import type { QuotaStatus } from '@mesos-ts/protocol';
import { infoOf, quotaOf } from '../quota.ts';
import type { ShownCluster } from './shown.ts';

/** The quotas that were set, of roles whose quota somebody may see: today's form, and that of old, which knows guarantees only. */
export function quotaView({ quotas }: Pick<ShownCluster, 'quotas'>, approvers: Approvers): QuotaStatus {
  const configs = [...quotas.values()].filter(({ role }) => approvers.approves('GET_QUOTA', { value: role }));
  if (configs.length === 0) return {};
  return { infos: configs.map((config) => infoOf(config.role, quotaOf(config))), configs };
}
