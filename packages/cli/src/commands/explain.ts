import { defineFlags, flag } from '@mesos-ts/flags';
import { toJson } from '@mesos-ts/protocol';
import { resourcesFlag, resourcesOf, resourcesText } from '../amounts.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { CliError } from '../errors.ts';
import { frameworkText, verdictText } from '../explanation-text.ts';
import { frameworkNamed } from '../framework-name.ts';
import { ledgersText } from '../ledger-text.ts';
import { command, refuse } from '../program.ts';
import { printJson } from '../show.ts';
import type { FrameworkID, FrameworkInfo, MasterResponse_CanPlace, MasterResponse_Explain } from '@mesos-ts/protocol';
import type { OperatorClient } from '@mesos-ts/operator';

const name = 'mesos explain';

/** `mesos explain`: why tasks do not start. */
export const explainCommand = command({
  name,
  flags: defineFlags({
    agents: flag.integer({ default: 5, min: 1, max: 10_000, help: 'How many agents are told of in each role.' }),
    json: jsonFlag,
    offers: flag.integer({ default: 5, min: 1, max: 10_000, help: 'How many of the newest offers are told of.' }),
    resources: resourcesFlag(
      'What a task needs: says whether it would fit, now or ever. Then the name may be left out.',
    ),
    ...clusterFlags,
  }),
  about:
    'Tells what a framework (its id or its name), or the frameworks of a role, wait for: whose turn it is, what stands in the way on ' +
    'each agent, and what became of the newest offers.',
  example: "mesos explain marathon --resources='cpus:4;mem:1024'",
  usage: 'FRAMEWORK|ROLE [options]',
  positionalsMax: 1,
  // What agents of this machine offer.
  argumentsOnly: ['resources'],
  run: async (flags, [asked], io, env) => {
    const { resources: text } = flags;
    if (asked === undefined && text === undefined) return refuse(io, name, 'Expecting a framework or a role');
    const { client } = await clusterOf(flags, env);
    const { completed_frameworks = [], frameworks: present = [] } = await client.getFrameworks();
    const infos = present.map(({ framework_info }) => framework_info);
    const ended = completed_frameworks.map(({ framework_info }) => framework_info);
    const whom = { ...(asked === undefined ? {} : whomOf(infos, ended, asked)), agents_max: flags.agents };
    if (text !== undefined) {
      const resources = resourcesOf(text);
      const answer = await client.canPlace({ ...whom, resources });
      if (flags.json) printJson(io, toJson('mesos.v1.master.Response.CanPlace', answer));
      else
        io.stdout(
          verdictText(answer, { offersMax: flags.offers, wanted: resourcesText(resources) }) + restText(answer),
        );
      return 0;
    }
    const answer = await client.explain(whom);
    const { frameworks = [] } = answer;
    if (asked !== undefined && frameworks.length === 0 && isEmpty(answer)) await refuseStranger(client, asked);
    if (flags.json) printJson(io, toJson('mesos.v1.master.Response.Explain', answer));
    else {
      const told = frameworks.map((each) => frameworkText(each, { offersMax: flags.offers })).join('\n');
      io.stdout((told === '' ? `No framework is in role '${asked}'\n` : told) + ledgersText(answer, flags.offers));
    }
    return 0;
  },
});

type Whom = { readonly framework_id: FrameworkID } | { readonly role: string };

/** A framework by its id or its name, one that is there before one that has ended, or else a role. */
function whomOf(infos: readonly FrameworkInfo[], ended: readonly FrameworkInfo[], asked: string): Whom {
  const all = [...infos, ...ended];
  if (all.some(({ id }) => id?.value === asked)) return { framework_id: { value: asked } };
  if (infos.some((info) => isIn(info, asked))) return { role: asked };
  const framework_id = frameworkNamed(infos, asked) ?? frameworkNamed(ended, asked);
  return framework_id === undefined ? { role: asked } : { framework_id };
}

function isIn({ role = '*', roles = [] }: FrameworkInfo, asked: string): boolean {
  return roles.length === 0 ? role === asked : roles.includes(asked);
}

/** Whether nothing at all is remembered of a role. */
function isEmpty({ role }: MasterResponse_Explain): boolean {
  return (role?.offers_made ?? 0) === 0 && (role?.held_back ?? []).length === 0;
}

/** A role in which there is no framework is an answer; a slip of the pen is none. Throws `CLI_NOT_FOUND`. */
async function refuseStranger(client: OperatorClient, asked: string): Promise<void> {
  const { roles = [] } = await client.getRoles();
  if (roles.some(({ name: known }) => known === asked)) return;
  throw new CliError('CLI_NOT_FOUND', `There is no framework '${asked}', and nobody is in a role of that name`);
}

/** Masters tell of some frameworks of a role only. */
function restText({ frameworks_left_out = 0 }: MasterResponse_CanPlace): string {
  return frameworks_left_out > 0
    ? `\nand ${frameworks_left_out} frameworks more in the role; ask for one by its id\n`
    : '';
}
