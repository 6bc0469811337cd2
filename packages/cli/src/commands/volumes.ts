import { defineFlags, flag } from '@mesos-ts/flags';
import { agentIdOf } from '../agent-flag.ts';
import { amountText } from '../amounts.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { CliError } from '../errors.ts';
import { command, refuse } from '../program.ts';
import { printRows } from '../show.ts';
import { reservationRole, toJson } from '@mesos-ts/protocol';
import type { OperatorClient } from '@mesos-ts/operator';
import type { AgentID, MasterCall, Resource, Value_Scalar } from '@mesos-ts/protocol';
import type { Command } from '../io.ts';

const agentMissing = 'Expecting the id or the hostname of an agent';
const volumeMissing = 'Expecting the id of a volume';

interface Found {
  readonly agentId: string;
  readonly volume: Resource;
}

/** `mesos volumes`: the persistent volumes of a cluster. */
export const volumesCommand = command({
  name: 'mesos volumes',
  flags: defineFlags({ json: jsonFlag, ...clusterFlags }),
  about: "Lists the persistent volumes; SIZE is in megabytes. 'mesos volumes create' and 'destroy' change that.",
  example: 'mesos volumes',
  run: async (flags, _rest, io, env) => {
    const { client } = await clusterOf(flags, env);
    const found = await volumesOf(client);
    printRows(io, flags.json, {
      json: () =>
        found.map(({ agentId, volume }) => ({
          agent_id: { value: agentId },
          volume: toJson('mesos.v1.Resource', volume),
        })),
      heading: ['ID', 'AGENT', 'ROLE', 'SIZE', 'PATH'],
      rows: () =>
        found.map(({ agentId, volume }) => [
          volume.disk?.persistence?.id ?? '',
          agentId,
          reservationRole(volume) ?? '*',
          amountText([volume], 'disk'),
          volume.disk?.volume?.container_path ?? '',
        ]),
    });
    return 0;
  },
});

async function volumesOf(client: OperatorClient): Promise<Found[]> {
  const { agents = [] } = await client.getAgents();
  return agents.flatMap(({ agent_info, total_resources = [] }) =>
    total_resources
      .filter(({ disk }) => disk?.persistence !== undefined)
      .map((volume) => ({ agentId: agent_info.id?.value ?? '', volume })),
  );
}

const create = 'mesos volumes create';

/** `mesos volumes create`: makes a persistent volume of reserved disk. */
export const volumesCreateCommand = command({
  name: create,
  flags: defineFlags({
    path: flag.string({ default: 'volume', help: 'Where tasks find it, in their sandboxes.' }),
    role: flag.string({ help: 'The role that the disk is reserved for.' }),
    size: flag.bytes({ help: 'How large it is, for example 512MB.' }),
    ...clusterFlags,
  }),
  about: 'Makes a persistent volume of disk that is reserved for a role on an agent.',
  example: 'mesos volumes create 6f4c1a52-8d0e-4b7f-9a43-d7c1a2f0b9e1-S0 data --role=web --size=512MB',
  usage: 'AGENT VOLUME --role=ROLE --size=SIZE [options]',
  positionalsMax: 2,
  run: async (flags, [agent, id], io, env) => {
    if (agent === undefined) return refuse(io, create, agentMissing);
    if (id === undefined) return refuse(io, create, 'Expecting an id for the volume');
    const { path, principal, role, size } = flags;
    if (role === undefined || size === undefined) return refuse(io, create, 'Expecting --role and --size');
    const by = principal === undefined ? {} : { principal };
    const volume: Resource = {
      name: 'disk',
      type: 'SCALAR',
      scalar: { value: megabytes(size) },
      reservations: [{ type: 'DYNAMIC', role, ...by }],
      disk: { persistence: { id, ...by }, volume: { container_path: path, mode: 'RW' } },
    };
    const { client } = await clusterOf(flags, env);
    const agent_id = await agentIdOf(client, agent);
    await client.call({ type: 'CREATE_VOLUMES', create_volumes: { agent_id, volumes: [volume] } });
    return 0;
  },
});

const destroy = 'mesos volumes destroy';

/** `mesos volumes destroy`: ends a persistent volume. */
export const volumesDestroyCommand = command({
  name: destroy,
  flags: defineFlags(clusterFlags),
  about: 'Ends a persistent volume, and what is in it.',
  example: `${destroy} 6f4c1a52-8d0e-4b7f-9a43-d7c1a2f0b9e1-S0 data`,
  usage: 'AGENT VOLUME [options]',
  positionalsMax: 2,
  run: async (flags, [agent, id], io, env) => {
    if (agent === undefined) return refuse(io, destroy, agentMissing);
    if (id === undefined) return refuse(io, destroy, volumeMissing);
    const { client } = await clusterOf(flags, env);
    const { agent_id, volume } = await volumeOf(client, agent, id);
    await client.call({ type: 'DESTROY_VOLUMES', destroy_volumes: { agent_id, volumes: [volume] } });
    return 0;
  },
});

/** `mesos volumes grow`: makes a persistent volume larger. */
export const volumesGrowCommand = resize({
  name: 'mesos volumes grow',
  about: 'Makes a persistent volume larger, by free disk of its agent that is reserved as the volume is.',
  call: (agent_id, volume, by) => {
    const { disk, ...kind } = volume;
    const source = disk?.source === undefined ? {} : { disk: { source: disk.source } };
    return { type: 'GROW_VOLUME', grow_volume: { agent_id, volume, addition: { ...kind, ...source, scalar: by } } };
  },
});

/** `mesos volumes shrink`: makes a persistent volume smaller. */
export const volumesShrinkCommand = resize({
  name: 'mesos volumes shrink',
  about: 'Makes a persistent volume smaller. The disk stays reserved.',
  call: (agent_id, volume, by) => ({ type: 'SHRINK_VOLUME', shrink_volume: { agent_id, volume, subtract: by } }),
});

function resize(options: {
  readonly name: string;
  readonly about: string;
  readonly call: (agentId: AgentID, volume: Resource, by: Value_Scalar) => MasterCall;
}): Command {
  const { about, call, name } = options;
  return command({
    name,
    flags: defineFlags({ by: flag.bytes({ help: 'By how much, for example 512MB.' }), ...clusterFlags }),
    about,
    example: `${name} 6f4c1a52-8d0e-4b7f-9a43-d7c1a2f0b9e1-S0 data --by=512MB`,
    usage: 'AGENT VOLUME --by=SIZE [options]',
    positionalsMax: 2,
    run: async (flags, [agent, id], io, env) => {
      if (agent === undefined) return refuse(io, name, agentMissing);
      if (id === undefined) return refuse(io, name, volumeMissing);
      if (flags.by === undefined) return refuse(io, name, 'Expecting --by');
      const { client } = await clusterOf(flags, env);
      const { agent_id, volume } = await volumeOf(client, agent, id);
      await client.call(call(agent_id, volume, { value: megabytes(flags.by) }));
      return 0;
    },
  });
}

/** Throws `CLI_NOT_FOUND`. */
async function volumeOf(
  client: OperatorClient,
  agent: string,
  id: string,
): Promise<{ readonly agent_id: AgentID; readonly volume: Resource }> {
  const agent_id = await agentIdOf(client, agent);
  const found = (await volumesOf(client)).find(
    ({ agentId, volume }) => agentId === agent_id.value && volume.disk?.persistence?.id === id,
  );
  if (found === undefined) throw new CliError('CLI_NOT_FOUND', `Agent '${agent}' has no volume '${id}'`);
  return { agent_id, volume: found.volume };
}

function megabytes(bytes: number): number {
  return bytes / 1024 / 1024;
}
