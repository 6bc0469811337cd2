import { defineFlags } from '@mesos-ts/flags';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { MasterClient } from '../http/master-client.ts';
import { command } from '../program.ts';
import { formatTable } from '../table.ts';

const heading = ['ID', 'HOSTNAME', 'ADDRESS', 'ACTIVE', 'CPUS', 'MEM', 'DISK'];

/** `mesos agents`: the agents of a cluster, and how much of them is in use. */
export const agentsCommand = command({
  name: 'mesos agents',
  flags: defineFlags({
    json: jsonFlag,
    ...clusterFlags,
  }),
  about: 'Lists the agents, and their resources as USED/TOTAL; MEM and DISK are in megabytes.',
  example: 'mesos agents --master=10.0.0.1:5050',
  run: async (flags, _rest, io, env) => {
    const cluster = await clusterOf(flags, env);
    const agents = await new MasterClient(cluster.http, cluster.address).agents();
    if (flags.json) {
      io.stdout(`${JSON.stringify(agents.map(({ raw }) => raw))}\n`);
      return 0;
    }
    const rows = agents.map(({ id, hostname, address, active, total, used }) => [
      id,
      hostname,
      address,
      active ? 'yes' : 'no',
      ...(['cpus', 'mem', 'disk'] as const).map((name) => `${used[name]}/${total[name]}`),
    ]);
    io.stdout(formatTable(heading, rows));
    return 0;
  },
});
