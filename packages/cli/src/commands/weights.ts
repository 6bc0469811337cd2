import { defineFlags } from '@mesos-ts/flags';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { command, refuse } from '../program.ts';
import { messagesJson, printRows } from '../show.ts';
import type { WeightInfo } from '@mesos-ts/protocol';

/** `mesos weights`: the weights of roles. */
export const weightsCommand = command({
  name: 'mesos weights',
  flags: defineFlags({ json: jsonFlag, ...clusterFlags }),
  about: "Lists the weights that were set: twice the weight, twice the share. 'mesos weights update' sets them.",
  example: 'mesos weights',
  run: async (flags, _rest, io, env) => {
    const { client } = await clusterOf(flags, env);
    const { weight_infos = [] } = await client.getWeights();
    printRows(io, flags.json, {
      json: () => messagesJson('mesos.v1.WeightInfo', weight_infos),
      heading: ['ROLE', 'WEIGHT'],
      rows: () => weight_infos.map(({ role = '*', weight }) => [role, String(weight)]),
    });
    return 0;
  },
});

const update = 'mesos weights update';
const weightsMax = 1_000;

/** `mesos weights update`: sets weights of roles. */
export const weightsUpdateCommand = command({
  name: update,
  flags: defineFlags(clusterFlags),
  about: 'Sets the weights of roles, all of them or none.',
  example: 'mesos weights update web=2 batch=0.5',
  usage: 'ROLE=WEIGHT... [options]',
  positionalsMax: weightsMax,
  run: async (flags, rest, io, env) => {
    const weight_infos: WeightInfo[] = [];
    for (const text of rest) {
      const [, role = '', weight = ''] = /^(.+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
      if (role === '') return refuse(io, update, `Expecting ROLE=WEIGHT, not '${text}'`);
      weight_infos.push({ role, weight: Number(weight) });
    }
    if (weight_infos.length === 0) return refuse(io, update, 'Expecting ROLE=WEIGHT');
    const { client } = await clusterOf(flags, env);
    await client.call({ type: 'UPDATE_WEIGHTS', update_weights: { weight_infos } });
    return 0;
  },
});
