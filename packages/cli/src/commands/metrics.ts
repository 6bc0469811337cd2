import { defineFlags } from '@mesos-ts/flags';
import { agentClient, agentFlag } from '../agent-flag.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { command } from '../program.ts';
import { printRows } from '../show.ts';

const prefixesMax = 100;

/** `mesos metrics`: the metrics of the master, or of an agent. */
export const metricsCommand = command({
  name: 'mesos metrics',
  flags: defineFlags({ agent: agentFlag, json: jsonFlag, ...clusterFlags }),
  about: 'Prints metrics of the master, or of an agent: all of them, or those whose names begin with a word.',
  example: 'mesos metrics master/tasks_ allocator/',
  usage: '[BEGINNING...] [options]',
  positionalsMax: prefixesMax,
  run: async (flags, beginnings, io, env) => {
    const cluster = await clusterOf(flags, env);
    const asked = flags.agent === undefined ? cluster.client : await agentClient(cluster, flags.agent);
    const { metrics = [] } = await asked.getMetrics();
    const chosen = metrics
      .filter(({ name }) => beginnings.length === 0 || beginnings.some((beginning) => name.startsWith(beginning)))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1));
    printRows(io, flags.json, {
      json: () => Object.fromEntries(chosen.map(({ name, value }) => [name, value ?? null])),
      heading: ['METRIC', 'VALUE'],
      rows: () => chosen.map(({ name, value }) => [name, value === undefined ? '-' : String(value)]),
    });
    return 0;
  },
});
