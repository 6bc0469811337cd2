import { defineFlags } from '@mesos-ts/flags';
import { toJson } from '@mesos-ts/protocol';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { command } from '../program.ts';
import { printRows } from '../show.ts';
import type { MasterResponse_GetState } from '@mesos-ts/protocol';

/** `mesos state`: all that there is in a cluster. */
export const stateCommand = command({
  name: 'mesos state',
  flags: defineFlags({ json: jsonFlag, ...clusterFlags }),
  about: 'Counts what is in the cluster; with --json, tells all of it (GET_STATE).',
  example: "mesos state --json | jq '.get_tasks.tasks[].name'",
  run: async (flags, _rest, io, env) => {
    const { client } = await clusterOf(flags, env);
    const state = await client.getState();
    printRows(io, flags.json, {
      json: () => toJson('mesos.v1.master.Response.GetState', state),
      heading: ['WHAT', 'COUNT'],
      rows: () => counts(state).map(([what, count]) => [what, String(count)]),
    });
    return 0;
  },
});

function counts({ get_agents, get_executors, get_frameworks, get_tasks }: MasterResponse_GetState): [string, number][] {
  const { agents = [], recovered_agents = [] } = get_agents ?? {};
  const { completed_frameworks = [], frameworks = [] } = get_frameworks ?? {};
  const { completed_tasks = [], tasks = [], unreachable_tasks = [] } = get_tasks ?? {};
  const states = new Map<string, number>();
  for (const { state } of tasks) states.set(state, (states.get(state) ?? 0) + 1);
  return [
    ['agents', agents.length],
    ['  active', agents.filter(({ active }) => active).length],
    ['  not back yet', recovered_agents.length],
    ['frameworks', frameworks.length],
    ['  active', frameworks.filter(({ active }) => active).length],
    ['completed frameworks', completed_frameworks.length],
    ['executors', get_executors?.executors?.length ?? 0],
    ['tasks', tasks.length],
    ...[...states].map(([state, count]): [string, number] => [`  ${state}`, count]),
    ['unreachable tasks', unreachable_tasks.length],
    ['completed tasks', completed_tasks.length],
  ];
}
