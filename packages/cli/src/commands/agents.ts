import { defineFlags } from '@mesos-ts/flags';
import { agentIdOf } from '../agent-flag.ts';
import { amountText } from '../amounts.ts';
import { clusterFlags, clusterOf, jsonFlag } from '../cluster.ts';
import { command, refuse } from '../program.ts';
import { messagesJson, printRows } from '../show.ts';
import type { AgentID, AgentInfo, MasterCall, MasterResponse_GetAgents_Agent } from '@mesos-ts/protocol';
import type { Command } from '../io.ts';

const heading = ['ID', 'HOSTNAME', 'ADDRESS', 'STATE', 'CPUS', 'MEM', 'DISK'];

/** `mesos agents`: the agents of a cluster, and how much of them is in use. */
export const agentsCommand = command({
  name: 'mesos agents',
  flags: defineFlags({ json: jsonFlag, ...clusterFlags }),
  about:
    'Lists the agents, and their resources as USED/TOTAL; MEM and DISK are in megabytes. Agents whose STATE is not active are offered ' +
    "to nobody. 'mesos agents deactivate', 'reactivate' and 'mark-gone' change that.",
  example: 'mesos agents --master=10.0.0.1:5050',
  run: async (flags, _rest, io, env) => {
    const { client } = await clusterOf(flags, env);
    const { agents = [], recovered_agents = [] } = await client.getAgents();
    printRows(io, flags.json, {
      json: () => messagesJson('mesos.v1.master.Response.GetAgents.Agent', agents),
      heading,
      rows: () => [...agents.map(row), ...recovered_agents.map(recoveredRow)],
    });
    return 0;
  },
});

function row(agent: MasterResponse_GetAgents_Agent): string[] {
  const { agent_info, allocated_resources, pid = '', total_resources } = agent;
  return [
    agent_info.id?.value ?? '',
    agent_info.hostname,
    pid.slice(pid.lastIndexOf('@') + 1),
    stateOf(agent),
    ...['cpus', 'mem', 'disk'].map(
      (name) => `${amountText(allocated_resources, name)}/${amountText(total_resources, name)}`,
    ),
  ];
}

/** Agents that a new leader knows of and that have not come back to it yet. */
function recoveredRow({ hostname, id, resources }: AgentInfo): string[] {
  const amounts = ['cpus', 'mem', 'disk'].map((name) => `?/${amountText(resources, name)}`);
  return [id?.value ?? '', hostname, '-', 'not back yet', ...amounts];
}

function stateOf({ active, deactivated = false, drain_info }: MasterResponse_GetAgents_Agent): string {
  if (drain_info !== undefined && drain_info.state !== 'UNKNOWN') return drain_info.state.toLowerCase();
  if (deactivated) return 'deactivated';
  return active ? 'active' : 'inactive';
}

/** `mesos agents deactivate`: has nothing of an agent offered. */
export const agentsDeactivateCommand = change({
  name: 'mesos agents deactivate',
  about: 'Has nothing of an agent offered any more. What runs there goes on.',
  call: (agent_id) => ({ type: 'DEACTIVATE_AGENT', deactivate_agent: { agent_id } }),
});

/** `mesos agents reactivate`: has an agent offered again. */
export const agentsReactivateCommand = change({
  name: 'mesos agents reactivate',
  about: 'Has an agent offered again that was deactivated or drained.',
  call: (agent_id) => ({ type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id } }),
});

/** `mesos agents mark-gone`: gives an agent up. */
export const agentsMarkGoneCommand = change({
  name: 'mesos agents mark-gone',
  about:
    'Gives an agent up for good: its tasks are told to be gone, and it is never let in again under its id. For machines that are ' +
    'destroyed: what still runs there would run twice.',
  call: (agent_id) => ({ type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id } }),
});

function change(options: {
  readonly name: string;
  readonly about: string;
  readonly call: (agentId: AgentID) => MasterCall;
}): Command {
  const { about, call, name } = options;
  return command({
    name,
    flags: defineFlags(clusterFlags),
    about,
    example: `${name} 6f4c1a52-8d0e-4b7f-9a43-d7c1a2f0b9e1-S0`,
    usage: 'AGENT [options]',
    positionalsMax: 1,
    run: async (flags, [agent], io, env) => {
      if (agent === undefined) return refuse(io, name, 'Expecting the id or the hostname of an agent');
      const { client } = await clusterOf(flags, env);
      await client.call(call(await agentIdOf(client, agent)));
      return 0;
    },
  });
}
