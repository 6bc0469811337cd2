import { defineFlags } from '@mesos-ts/flags';
import { resourcesFlag, scalarsOf, scalarsText } from '../amounts.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { command, refuse } from '../program.ts';
import { messagesJson, printRows } from '../show.ts';

/** `mesos quota`: what is guaranteed to roles, and what they are limited to. */
export const quotaCommand = command({
  name: 'mesos quota',
  flags: defineFlags({ json: jsonFlag, ...clusterFlags }),
  about: "Lists the quotas of roles. 'mesos quota update' sets them.",
  example: 'mesos quota --json',
  run: async (flags, _rest, io, env) => {
    const { client } = await clusterOf(flags, env);
    const { configs = [] } = await client.getQuota();
    printRows(io, flags.json, {
      json: () => messagesJson('mesos.v1.quota.QuotaConfig', configs),
      heading: ['ROLE', 'GUARANTEES', 'LIMITS'],
      rows: () => configs.map(({ guarantees, limits, role }) => [role, scalarsText(guarantees), scalarsText(limits)]),
    });
    return 0;
  },
});

const update = 'mesos quota update';

/** `mesos quota update`: sets a role's quota. */
export const quotaUpdateCommand = command({
  name: update,
  flags: defineFlags({
    guarantees: resourcesFlag("What the role's frameworks can count on. Without it, nothing."),
    limits: resourcesFlag("What the role's frameworks get at most. Without it, there is no limit."),
    ...clusterFlags,
  }),
  about: 'Sets the quota of a role, in place of the one before.',
  example: "mesos quota update web --guarantees='cpus:10' --limits='cpus:20;mem:8192'",
  usage: 'ROLE [options]',
  positionalsMax: 1,
  run: async (flags, [role], io, env) => {
    if (role === undefined) return refuse(io, update, 'Expecting a role');
    const { guarantees = '', limits = '' } = flags;
    const { client } = await clusterOf(flags, env);
    const config = { role, guarantees: scalarsOf(guarantees), limits: scalarsOf(limits) };
    await client.call({ type: 'UPDATE_QUOTA', update_quota: { quota_configs: [config] } });
    return 0;
  },
});
