import { defineFlags } from '@mesos-ts/flags';
import { resourcesFlag, resourcesOf } from '../amounts.ts';
import { agentIdOf } from '../agent-flag.ts';
import { clusterFlags, clusterOf } from '../cluster.ts';
import { command, refuse } from '../program.ts';
import type { MasterCall, Resource } from '@mesos-ts/protocol';
import type { Command } from '../io.ts';

/** `mesos reserve`: keeps resources of an agent for a role. */
export const reserveCommand = reservation({
  name: 'mesos reserve',
  about: 'Keeps resources of an agent for the frameworks of a role.',
  example: "mesos reserve 6f4c1a52-8d0e-4b7f-9a43-d7c1a2f0b9e1-S0 web --resources='cpus:2;mem:1024'",
  call: (agent_id, resources) => ({ type: 'RESERVE_RESOURCES', reserve_resources: { agent_id, resources } }),
});

/** `mesos unreserve`: gives them back. */
export const unreserveCommand = reservation({
  name: 'mesos unreserve',
  about:
    'Gives resources of an agent, that are kept for a role, back to everybody. The principal is to be that of the reservation.',
  example: "mesos unreserve 6f4c1a52-8d0e-4b7f-9a43-d7c1a2f0b9e1-S0 web --resources='cpus:2;mem:1024'",
  call: (agent_id, resources) => ({ type: 'UNRESERVE_RESOURCES', unreserve_resources: { agent_id, resources } }),
});

function reservation(options: {
  readonly name: string;
  readonly about: string;
  readonly example: string;
  readonly call: (agentId: { readonly value: string }, resources: Resource[]) => MasterCall;
}): Command {
  const { about, call, example, name } = options;
  return command({
    name,
    flags: defineFlags({ resources: resourcesFlag('Which resources.'), ...clusterFlags }),
    about,
    example,
    usage: 'AGENT ROLE --resources=RESOURCES [options]',
    positionalsMax: 2,
    // What agents of this machine offer.
    argumentsOnly: ['resources'],
    run: async (flags, [id, role], io, env) => {
      if (id === undefined) return refuse(io, name, 'Expecting the id or the hostname of an agent');
      if (role === undefined) return refuse(io, name, 'Expecting a role');
      if (flags.resources === undefined) return refuse(io, name, 'Expecting --resources');
      const { principal } = flags;
      const info = { type: 'DYNAMIC' as const, role, ...(principal === undefined ? {} : { principal }) };
      const resources = resourcesOf(flags.resources).map((resource) => ({ ...resource, reservations: [info] }));
      const { client } = await clusterOf(flags, env);
      await client.call(call(await agentIdOf(client, id), resources));
      return 0;
    },
  });
}
