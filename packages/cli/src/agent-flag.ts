import { flag } from '@mesos-ts/flags';
import { CliError } from './errors.ts';
import type { ClusterAccess } from './cluster.ts';

/** The flag of commands that can ask an agent in place of the master. */
export const agentFlag = flag.string({
  help: 'The id or the hostname of an agent, to be asked in place of the master.',
});

/** Where the agent of an id or a hostname is. Throws `CLI_NOT_FOUND`. */
export async function agentUrl({ client, http }: ClusterAccess, name: string): Promise<string> {
  const { agents = [] } = await client.getAgents();
  const found =
    agents.find(({ agent_info }) => agent_info.id?.value === name) ??
    agents.find(({ agent_info }) => agent_info.hostname === name);
  const pid = found?.pid ?? '';
  if (pid === '') throw new CliError('CLI_NOT_FOUND', `There is no agent '${name}'`);
  return http.url(pid.slice(pid.lastIndexOf('@') + 1), '/').href;
}
