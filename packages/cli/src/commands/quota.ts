import { defineFlags, flag } from '@mesos-ts/flags';
import { amountsFlag, amountsOf, scalarsText } from '../amounts.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { command, refuse } from '../program.ts';
import { messagesJson, printRows } from '../show.ts';

/** `mesos quota`: what is guaranteed to roles, and what they are limited to. */
export const quotaCommand = command({
  name: 'mesos quota',
  flags: defineFlags({ json: jsonFlag, ...clusterFlags }),
  about: "Lists the quotas of roles. 'mesos quota update' sets them, 'mesos quota remove' takes them away.",
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
    guarantees: amountsFlag("What the role's frameworks can count on. Without it, nothing."),
    limits: amountsFlag("What the role's frameworks get at most. Without it, there is no limit."),
    force: flag.boolean({
      default: false,
      help: 'Also where the role has more than its limit, or the cluster less than it guarantees.',
    }),
    ...clusterFlags,
  }),
  about: 'Sets the quota of a role and the roles below it, in place of the one before.',
  example: "mesos quota update web --guarantees='cpus:10' --limits='cpus:20;mem:8192'",
  usage: 'ROLE [options]',
  positionalsMax: 1,
  run: async (flags, [role], io, env) => {
    if (role === undefined) return refuse(io, update, 'Expecting a role');
    const { force, guarantees = '', limits = '' } = flags;
    if (guarantees.trim() === '' && limits.trim() === '')
      return refuse(io, update, 'Expecting --guarantees or --limits');
    const { client } = await clusterOf(flags, env);
    const config = { role, guarantees: amountsOf(guarantees), limits: amountsOf(limits) };
    await client.call({ type: 'UPDATE_QUOTA', update_quota: { quota_configs: [config], force } });
    return 0;
  },
});

const remove = 'mesos quota remove';

/** `mesos quota remove`: takes a role's quota away. */
export const quotaRemoveCommand = command({
  name: remove,
  flags: defineFlags(clusterFlags),
  about: 'Takes the quota of a role away: nothing is guaranteed to it, and it has no limit.',
  example: 'mesos quota remove web',
  usage: 'ROLE [options]',
  positionalsMax: 1,
  run: async (flags, [role], io, env) => {
    if (role === undefined) return refuse(io, remove, 'Expecting a role');
    const { client } = await clusterOf(flags, env);
    await client.call({ type: 'REMOVE_QUOTA', remove_quota: { role } });
    return 0;
  },
});
