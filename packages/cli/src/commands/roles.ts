import { defineFlags } from '@mesos-ts/flags';
import { amountText } from '../amounts.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { command } from '../program.ts';
import { messagesJson, printRows } from '../show.ts';

/** `mesos roles`: the roles of a cluster. */
export const rolesCommand = command({
  name: 'mesos roles',
  flags: defineFlags({ json: jsonFlag, ...clusterFlags }),
  about:
    'Lists the roles that are in use, their weights, and what their frameworks hold or are offered; MEM and DISK are in megabytes.',
  example: 'mesos roles --json',
  run: async (flags, _rest, io, env) => {
    const { client } = await clusterOf(flags, env);
    const { roles = [] } = await client.getRoles();
    printRows(io, flags.json, {
      json: () => messagesJson('mesos.v1.Role', roles),
      heading: ['ROLE', 'WEIGHT', 'FRAMEWORKS', 'CPUS', 'MEM', 'DISK'],
      rows: () =>
        roles.map(({ frameworks = [], name, resources, weight }) => [
          name,
          String(weight),
          String(frameworks.length),
          ...['cpus', 'mem', 'disk'].map((resource) => amountText(resources, resource)),
        ]),
    });
    return 0;
  },
});
