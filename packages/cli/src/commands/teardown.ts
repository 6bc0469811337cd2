import { defineFlags } from '@mesos-ts/flags';
import { clusterFlags, clusterOf } from '../cluster.ts';
import { command, refuse } from '../program.ts';

const name = 'mesos teardown';

/** `mesos teardown`: ends a framework. */
export const teardownCommand = command({
  name,
  flags: defineFlags(clusterFlags),
  about: 'Ends a framework: its tasks are killed, its executors end, and it cannot come back.',
  example: 'mesos teardown 6f4c1a52-8d0e-4b7f-9a43-d7c1a2f0b9e1-0000',
  usage: 'FRAMEWORK [options]',
  positionalsMax: 1,
  run: async (flags, [id], io, env) => {
    if (id === undefined) return refuse(io, name, 'Expecting the id of a framework');
    const { client } = await clusterOf(flags, env);
    await client.call({ type: 'TEARDOWN', teardown: { framework_id: { value: id } } });
    return 0;
  },
});
