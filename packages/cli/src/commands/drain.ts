import { defineFlags, flag } from '@mesos-ts/flags';
import { agentIdOf } from '../agent-flag.ts';
import { clusterFlags, clusterOf } from '../cluster.ts';
import { command, refuse } from '../program.ts';

const name = 'mesos drain';

/** `mesos drain`: empties an agent. */
export const drainCommand = command({
  name,
  flags: defineFlags({
    mark_gone: flag.boolean({ default: false, help: 'Gives the agent up for good when it is empty.' }),
    max_grace_period: flag.duration({ min: 0, help: 'How long tasks may take to end, at most.' }),
    ...clusterFlags,
  }),
  about: 'Has all tasks of an agent killed, and nothing of it offered.',
  example: 'mesos drain 6f4c1a52-8d0e-4b7f-9a43-d7c1a2f0b9e1-S0 --max_grace_period=1mins',
  usage: 'AGENT [options]',
  positionalsMax: 1,
  run: async (flags, [id], io, env) => {
    if (id === undefined) return refuse(io, name, 'Expecting the id or the hostname of an agent');
    const { mark_gone, max_grace_period: graceMs } = flags;
    const grace =
      graceMs === undefined
        ? {}
        : { max_grace_period: { seconds: Math.floor(graceMs / 1_000), nanos: (graceMs % 1_000) * 1e6 } };
    const { client } = await clusterOf(flags, env);
    const agent_id = await agentIdOf(client, id);
    await client.call({ type: 'DRAIN_AGENT', drain_agent: { agent_id, mark_gone, ...grace } });
    return 0;
  },
});
