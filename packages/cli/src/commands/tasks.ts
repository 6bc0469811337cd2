import { defineFlags, flag } from '@mesos-ts/flags';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { MasterClient } from '../http/master-client.ts';
import { command } from '../program.ts';
import { formatTable } from '../table.ts';

const heading = ['ID', 'NAME', 'STATE', 'FRAMEWORK', 'AGENT', 'CPUS', 'MEM'];

/** `mesos tasks`: the tasks of a cluster. */
export const tasksCommand = command({
  name: 'mesos tasks',
  flags: defineFlags({
    json: jsonFlag,
    limit: flag.integer({ default: 100, min: 1, max: 1_000_000, help: 'How many tasks at most.' }),
    ...clusterFlags,
  }),
  about: 'Lists tasks, those that run and those that have ended, the newest first.',
  example: 'mesos tasks --limit=20 --json',
  run: async (flags, _rest, io, env) => {
    const { address, http } = await clusterOf(flags, env);
    const tasks = await new MasterClient(http, address).tasks({ limit: flags.limit });
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
