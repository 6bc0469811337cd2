import { defineFlags, flag } from '@mesos-ts/flags';
import { HttpClient } from '../http/http-client.ts';
import { MasterClient } from '../http/master-client.ts';
import { isSecureMaster, masterAddress, masterFlag } from '../master-flag.ts';
import { command } from '../program.ts';
import { formatTable } from '../table.ts';

const heading = ['ID', 'NAME', 'STATE', 'FRAMEWORK', 'AGENT', 'CPUS', 'MEM'];

/** `mesos tasks`: the tasks of a cluster. */
export const tasksCommand = command({
  name: 'mesos tasks',
  flags: defineFlags({
    json: flag.boolean({ default: false, help: 'Prints what the master tells, as a JSON list.' }),
    limit: flag.integer({ default: 100, min: 1, max: 1_000_000, help: 'How many tasks at most.' }),
    master: masterFlag,
  }),
  about: 'Lists tasks, those that run and those that have ended, the newest first.',
  run: async (flags, _rest, io, env) => {
    const http = await HttpClient.of(env, isSecureMaster(flags.master));
    const tasks = await new MasterClient(http, masterAddress(flags.master)).tasks({ limit: flags.limit });
    if (flags.json) {
      io.stdout(`${JSON.stringify(tasks.map(({ raw }) => raw))}\n`);
      return 0;
    }
    const rows = tasks.map(({ id, name, state, frameworkId, agentId, resources }) => {
      return [id, name, state, frameworkId, agentId, String(resources.cpus), String(resources.mem)];
    });
    io.stdout(formatTable(heading, rows));
    return 0;
  },
});
