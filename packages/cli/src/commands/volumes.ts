import { defineFlags, flag } from '@mesos-ts/flags';
import { amountText } from '../amounts.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { CliError } from '../errors.ts';
import { command, refuse } from '../program.ts';
import { printRows } from '../show.ts';
import { reservationRole, toJson } from '@mesos-ts/protocol';
import type { Resource } from '@mesos-ts/protocol';
import type { OperatorClient } from '@mesos-ts/operator';

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
    if (agent === undefined) return refuse(io, create, 'Expecting the id of an agent');
    if (id === undefined) return refuse(io, create, 'Expecting an id for the volume');
    const { path, principal, role, size } = flags;
    if (role === undefined || size === undefined) return refuse(io, create, 'Expecting --role and --size');
    const by = principal === undefined ? {} : { principal };
    const volume: Resource = {
      name: 'disk',
      type: 'SCALAR',
      scalar: { value: size / 1024 / 1024 },
      reservations: [{ type: 'DYNAMIC', role, ...by }],
      disk: { persistence: { id, ...by }, volume: { container_path: path, mode: 'RW' } },
    };
    const { client } = await clusterOf(flags, env);
    await client.call({ type: 'CREATE_VOLUMES', create_volumes: { agent_id: { value: agent }, volumes: [volume] } });
    return 0;
  },
});

const destroy = 'mesos volumes destroy';

/** `mesos volumes destroy`: ends a persistent volume. */
export const volumesDestroyCommand = command({
  name: destroy,
  flags: defineFlags(clusterFlags),
  about: 'Ends a persistent volume, and what is in it.',
  example: 'mesos volumes destroy 6f4c1a52-8d0e-4b7f-9a43-d7c1a2f0b9e1-S0 data',
  usage: 'AGENT VOLUME [options]',
  positionalsMax: 2,
  run: async (flags, [agent, id], io, env) => {
    if (agent === undefined) return refuse(io, destroy, 'Expecting the id of an agent');
    if (id === undefined) return refuse(io, destroy, 'Expecting the id of a volume');
    const { client } = await clusterOf(flags, env);
    const found = (await volumesOf(client)).filter(
      ({ agentId, volume }) => agentId === agent && volume.disk?.persistence?.id === id,
    );
    if (found.length === 0) throw new CliError('CLI_NOT_FOUND', `Agent '${agent}' has no volume '${id}'`);
    const volumes = found.map(({ volume }) => volume);
    await client.call({ type: 'DESTROY_VOLUMES', destroy_volumes: { agent_id: { value: agent }, volumes } });
    return 0;
  },
});
