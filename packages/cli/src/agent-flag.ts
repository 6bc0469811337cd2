import { flag } from '@mesos-ts/flags';
import { CliError } from './errors.ts';
import type { AgentClient, OperatorClient } from '@mesos-ts/operator';
import type { AgentID, MasterResponse_GetAgents_Agent } from '@mesos-ts/protocol';
import type { ClusterAccess } from './cluster.ts';

/** The flag of commands that can ask an agent in place of the master. */
export const agentFlag = flag.string({
  help: 'The id or the hostname of an agent, to be asked in place of the master.',
});

/** The agent of an id or a hostname. Throws `CLI_NOT_FOUND`. */
export async function agentClient({ agent, client }: ClusterAccess, name: string): Promise<AgentClient> {
  const { pid = '' } = (await agentNamed(client, name)) ?? {};
  if (pid === '') throw new CliError('CLI_NOT_FOUND', `There is no agent '${name}'`);
  return agent(pid);
}

/** The id of the agent of an id or a hostname; what the master does not list, such as one that is unreachable, is taken for an id. */
export async function agentIdOf(client: OperatorClient, name: string): Promise<AgentID> {
  return (await agentNamed(client, name))?.agent_info.id ?? { value: name };
}

/** Throws `CLI_NOT_FOUND` when several agents are on that host. */
async function agentNamed(client: OperatorClient, name: string): Promise<MasterResponse_GetAgents_Agent | undefined> {
  const { agents = [] } = await client.getAgents();
  const known = agents.find(({ agent_info }) => agent_info.id?.value === name);
  if (known !== undefined) return known;
  const [only, ...others] = agents.filter(({ agent_info }) => agent_info.hostname === name);
  if (only === undefined || others.length === 0) return only;
  const ids = [only, ...others].map(({ agent_info }) => agent_info.id?.value ?? '').join(', ');
  throw new CliError('CLI_NOT_FOUND', `Several agents are on '${name}': ${ids}`);
}
