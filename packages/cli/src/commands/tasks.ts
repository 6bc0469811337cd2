import { defineFlags, flag } from '@mesos-ts/flags';
import { TaskState } from '@mesos-ts/protocol';
import { amountText } from '../amounts.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { command } from '../program.ts';
import { messagesJson, printRows } from '../show.ts';
import { allTasks } from '../tasks.ts';

const name = 'mesos tasks';
const heading = ['ID', 'NAME', 'STATE', 'FRAMEWORK', 'AGENT', 'CPUS', 'MEM', 'HEALTH'];

/** People read no more. */
const rowsDefault = 100;

/** `mesos tasks`: the tasks of a cluster. */
export const tasksCommand = command({
  name,
  flags: defineFlags({
    agent: flag.string({ help: 'Only those on the agent of this id.' }),
    framework: flag.string({ help: 'Only those of the framework of this id.' }),
    json: jsonFlag,
    limit: flag.integer({
      min: 1,
      max: 100_000_000,
      help: `How many tasks at most. Without it, ${rowsDefault}, or all with --json.`,
    }),
    state: flag.list({
      help: 'Only those in these states, as in TASK_STAGING,TASK_RUNNING, or shorter staging,running.',
      validate: (texts) => {
        const wrong = texts.find((text) => !Object.hasOwn(TaskState, stateName(text)));
        return wrong === undefined
          ? undefined
          : `'${wrong}' is no state of tasks: Expecting some of ${Object.keys(TaskState).join(', ')}`;
      },
    }),
    ...clusterFlags,
  }),
  about:
    'Lists tasks, those that run and those that have ended, the newest first; MEM is in megabytes, HEALTH what health checks said last.',
  example: 'mesos tasks --state=TASK_RUNNING --json',
  run: async (flags, _rest, io, env) => {
    const { agent, framework, json, state } = flags;
    const { client } = await clusterOf(flags, env);
    const states = state === undefined ? undefined : new Set(state.map(stateName));
    const tasks = (await allTasks(client)).filter(
      (task) =>
        (agent === undefined || task.agent_id.value === agent) &&
        (framework === undefined || task.framework_id.value === framework) &&
        (states === undefined || states.has(task.state)),
    );
    const listed = tasks.slice(0, flags.limit ?? (json ? tasks.length : rowsDefault));
    printRows(io, json, {
      json: () => messagesJson('mesos.v1.Task', listed),
      heading,
      rows: () =>
        listed.map(({ agent_id, framework_id, name: taskName, resources, state: taskState, statuses, task_id }) => [
          task_id.value,
          taskName,
          taskState,
          framework_id.value,
          agent_id.value,
          ...['cpus', 'mem'].map((resource) => amountText(resources, resource)),
          healthText(statuses?.at(-1)?.healthy),
        ]),
    });
    if (flags.limit === undefined && listed.length < tasks.length) {
      io.stderr(`${name}: these are ${listed.length} of ${tasks.length} tasks; --limit=${tasks.length} shows all\n`);
    }
    return 0;
  },
});

/** `running` means `TASK_RUNNING`. */
function stateName(text: string): string {
  const upper = text.toUpperCase();
  return upper.startsWith('TASK_') ? upper : `TASK_${upper}`;
}

function healthText(healthy: boolean | undefined): string {
  if (healthy === undefined) return '-';
  return healthy ? 'healthy' : 'unhealthy';
}
