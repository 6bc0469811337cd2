import { defineFlags, flag } from '@mesos-ts/flags';
import { amountText } from '../amounts.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { command } from '../program.ts';
import { messagesJson, printRows } from '../show.ts';
import type { MasterResponse_GetFrameworks_Framework } from '@mesos-ts/protocol';

const heading = ['ID', 'NAME', 'USER', 'ROLES', 'STATE', 'CPUS', 'MEM', 'OFFERS'];

/** `mesos frameworks`: the frameworks of a cluster. */
export const frameworksCommand = command({
  name: 'mesos frameworks',
  flags: defineFlags({
    completed: flag.boolean({ default: false, help: 'Lists those too that have ended.' }),
    json: jsonFlag,
    ...clusterFlags,
  }),
  about: 'Lists the frameworks, what their tasks hold (MEM in megabytes), and how many offers they have not answered.',
  example: 'mesos frameworks --completed',
  run: async (flags, _rest, io, env) => {
    const { client } = await clusterOf(flags, env);
    const { completed_frameworks = [], frameworks = [] } = await client.getFrameworks();
    const listed = flags.completed ? [...frameworks, ...completed_frameworks] : frameworks;
    const ended = new Set(completed_frameworks);
    printRows(io, flags.json, {
      json: () => messagesJson('mesos.v1.master.Response.GetFrameworks.Framework', listed),
      heading,
      rows: () => listed.map((framework) => row(framework, ended.has(framework))),
    });
    return 0;
  },
});

function row(framework: MasterResponse_GetFrameworks_Framework, hasEnded: boolean): string[] {
  const { allocated_resources, framework_info, offers = [] } = framework;
  const { id, name, role, roles = [], user } = framework_info;
  return [
    id?.value ?? '',
    name,
    user,
    (roles.length > 0 ? roles : [role ?? '*']).join(','),
    stateOf(framework, hasEnded),
    amountText(allocated_resources, 'cpus'),
    amountText(allocated_resources, 'mem'),
    String(offers.length),
  ];
}

function stateOf({ active, connected }: MasterResponse_GetFrameworks_Framework, hasEnded: boolean): string {
  if (hasEnded) return 'completed';
  if (!connected) return 'disconnected';
  return active ? 'active' : 'inactive';
}
