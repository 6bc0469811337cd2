import { defineFlags } from '@mesos-ts/flags';
import { clusterFlags, clusterOf } from '../cluster.ts';
import { frameworkNamed } from '../framework-name.ts';
import { command, refuse } from '../program.ts';

const name = 'mesos teardown';

/** `mesos teardown`: ends a framework. */
export const teardownCommand = command({
  name,
  flags: defineFlags(clusterFlags),
  about:
    'Ends a framework, of an id or of a name that no other has: its tasks are killed, its executors end, and it cannot come back.',
  example: 'mesos teardown 6f4c1a52-8d0e-4b7f-9a43-d7c1a2f0b9e1-0000',
  usage: 'FRAMEWORK [options]',
  positionalsMax: 1,
  run: async (flags, [id], io, env) => {
    if (id === undefined) return refuse(io, name, 'Expecting the id or the name of a framework');
    const { client } = await clusterOf(flags, env);
    const { frameworks = [] } = await client.getFrameworks();
    const infos = frameworks.map(({ framework_info }) => framework_info);
    const isId = infos.some((info) => info.id?.value === id);
    const framework_id = (isId ? undefined : frameworkNamed(infos, id)) ?? { value: id };
    await client.call({ type: 'TEARDOWN', teardown: { framework_id } });
    return 0;
  },
});
