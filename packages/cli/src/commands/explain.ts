import { defineFlags, flag } from '@mesos-ts/flags';
import { toJson } from '@mesos-ts/protocol';
import { resourcesFlag, resourcesOf, resourcesText } from '../amounts.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { frameworkText, verdictText } from '../explanation-text.ts';
import { frameworkNamed } from '../framework-name.ts';
import { command, refuse } from '../program.ts';
import { printJson } from '../show.ts';
import type { FrameworkID } from '@mesos-ts/protocol';
import type { OperatorClient } from '@mesos-ts/operator';

const name = 'mesos explain';

/** `mesos explain`: why tasks do not start. */
export const explainCommand = command({
  name,
  flags: defineFlags({
    agents: flag.integer({ default: 5, min: 1, max: 10_000, help: 'How many agents are told of in each role.' }),
    json: jsonFlag,
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
  run: async (flags, [asked], io, env) => {
    const { resources: text } = flags;
    if (asked === undefined && text === undefined) return refuse(io, name, 'Expecting a framework or a role');
    const { client } = await clusterOf(flags, env);
    const whom = { ...(asked === undefined ? {} : await whomOf(client, asked)), agents_max: flags.agents };
    if (text !== undefined) {
      const resources = resourcesOf(text);
      const answer = await client.canPlace({ ...whom, resources });
      if (flags.json) printJson(io, toJson('mesos.v1.master.Response.CanPlace', answer));
      else io.stdout(verdictText(answer, resourcesText(resources)));
      return 0;
    }
    const answer = await client.explain(whom);
    const { frameworks = [] } = answer;
    if (flags.json) printJson(io, toJson('mesos.v1.master.Response.Explain', answer));
    else if (frameworks.length === 0) io.stdout(`No framework is in role '${asked}'\n`);
    else io.stdout(frameworks.map(frameworkText).join('\n'));
    return 0;
  },
});

/** A framework by its id or its name, or else a role. */
async function whomOf(
  client: OperatorClient,
  asked: string,
): Promise<{ readonly framework_id: FrameworkID } | { readonly role: string }> {
  const { frameworks = [] } = await client.getFrameworks();
  const infos = frameworks.map(({ framework_info }) => framework_info);
  if (infos.some(({ id }) => id?.value === asked)) return { framework_id: { value: asked } };
  if (infos.some(({ role, roles = [] }) => role === asked || roles.includes(asked))) return { role: asked };
  const framework_id = frameworkNamed(infos, asked);
  return framework_id === undefined ? { role: asked } : { framework_id };
}
