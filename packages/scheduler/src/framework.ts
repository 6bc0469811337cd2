import type { FrameworkID, FrameworkInfo } from '@mesos-ts/protocol';

/** What a framework tells of itself: a `FrameworkInfo` in which only the name is required. */
export type FrameworkOptions = Partial<FrameworkInfo> & Pick<FrameworkInfo, 'name'>;

/** What the machine adds to it. */
export interface MachineFacts {
  readonly user: string;
  readonly hostname?: string;
}

/**
 * The framework as it subscribes. Without a user it is the user of this program, without a hostname this machine's. Without `roles`
 * (or the old `role`) it has the role `*`; a framework with `roles` has the capability `MULTI_ROLE`, without which Mesos refuses it.
 */
export function completeFramework(options: FrameworkOptions, machine: MachineFacts): FrameworkInfo {
  const user = options.user === undefined || options.user === '' ? machine.user : options.user;
  const hostname = options.hostname ?? machine.hostname;
  const info: FrameworkInfo = { ...options, user, ...(hostname === undefined ? {} : { hostname }) };
  if (info.role !== undefined && info.roles === undefined) return info;
  const capabilities = info.capabilities ?? [];
  const multiRole = capabilities.some(({ type }) => type === 'MULTI_ROLE');
  return {
    ...info,
    roles: info.roles ?? ['*'],
    capabilities: multiRole ? capabilities : [...capabilities, { type: 'MULTI_ROLE' }],
  };
}

/** The framework's id, if it has one; one without a value counts as none, as in Mesos. */
export function frameworkId(info: FrameworkInfo): FrameworkID | undefined {
  return info.id === undefined || info.id.value === '' ? undefined : info.id;
}
