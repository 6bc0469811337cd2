import { defineFlags, flag } from '@mesos-ts/flags';
import { HttpClient } from '../http/http-client.ts';
import { MasterClient } from '../http/master-client.ts';
import { isSecureMaster, masterAddress, masterFlag } from '../master-flag.ts';
import { command } from '../program.ts';
import { formatTable } from '../table.ts';

const heading = ['ID', 'HOSTNAME', 'ADDRESS', 'ACTIVE', 'CPUS', 'MEM', 'DISK'];

/** `mesos agents`: the agents of a cluster, and how much of them is in use. */
export const agentsCommand = command({
  name: 'mesos agents',
  flags: defineFlags({
    json: flag.boolean({ default: false, help: 'Prints what the master tells, as a JSON list.' }),
    master: masterFlag,
  }),
  about: 'Lists the agents, and their resources as USED/TOTAL; MEM and DISK are in megabytes.',
  run: async (flags, _rest, io, env) => {
    const http = await HttpClient.of(env, isSecureMaster(flags.master));
    const agents = await new MasterClient(http, masterAddress(flags.master)).agents();
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
