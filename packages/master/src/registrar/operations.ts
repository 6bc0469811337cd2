import { readMaintenance, withDown, withSchedule, withUp, writeMaintenance, type Maintenance } from './maintenance.ts';
import type {
  AgentInfo,
  MachineID,
  MaintenanceSchedule,
  MasterInfo,
  MasterInfo_Capability_Type,
  QuotaConfig,
  Registry_Slave,
  TimeInfo,
  WeightInfo,
} from '@mesos-ts/protocol';
import { isDefaultQuota, quotaOf } from '../quota.ts';
import type { RegistryDraft } from './contents.ts';

/** A change of the registry. What each does, and when it cannot, is as Mesos's `registry_operations.cpp` has it. */
export type RegistryOperation =
  /** A master leads from now on. */
  | { readonly type: 'recover'; readonly master: MasterInfo }
  /** An agent comes for the first time. */
  | { readonly type: 'admit-agent'; readonly info: AgentInfo }
  /** An agent that was let in has told something new of itself. */
  | { readonly type: 'update-agent'; readonly info: AgentInfo }
  /** An agent has answered no pings, or has not come back. */
  | { readonly type: 'mark-unreachable'; readonly agentId: string; readonly timeMs: number }
  /** An agent that was unreachable, or is not known, has come back. */
  | { readonly type: 'mark-reachable'; readonly info: AgentInfo }
  /** An operator has given up an agent for good. */
  | { readonly type: 'mark-gone'; readonly agentId: string; readonly timeMs: number }
  /** An agent has left. */
  | { readonly type: 'remove-agent'; readonly agentId: string }
  /** Forgets agents that have been unreachable or gone for long. Those that are not there any more are passed over. */
  | { readonly type: 'prune'; readonly unreachable: readonly string[]; readonly gone: readonly string[] }
  /** Nothing of an agent is to be offered. */
  | { readonly type: 'deactivate-agent'; readonly agentId: string }
  /** An agent is to be offered again. */
  | { readonly type: 'reactivate-agent'; readonly agentId: string }
  /** Sets the weights of roles. Those of others stay. */
  | { readonly type: 'update-weights'; readonly weights: readonly WeightInfo[] }
  /** Sets the quotas of roles. Those of others stay; one that guarantees and limits nothing is none. */
  | { readonly type: 'update-quota'; readonly configs: readonly QuotaConfig[] }
  /** Replaces the schedule of maintenance: its machines drain. */
  | { readonly type: 'update-schedule'; readonly schedule: MaintenanceSchedule }
  /** Machines that drain are down. */
  | { readonly type: 'start-maintenance'; readonly machines: readonly MachineID[] }
  /** Machines that are down are up again, and out of the schedule. */
  | { readonly type: 'stop-maintenance'; readonly machines: readonly MachineID[] };

/** Applies a change to a draft. Answers why it cannot be made, with nothing changed, or nothing. */
export function applyOperation(draft: RegistryDraft, operation: RegistryOperation): string | undefined {
  let problem: string | undefined;
  switch (operation.type) {
    case 'recover':
      draft.rest = { ...draft.rest, master: { info: operation.master } };
      break;
    case 'admit-agent':
      problem = admitAgent(draft, operation.info);
      break;
    case 'update-agent':
      problem = updateAgent(draft, operation.info);
      break;
    case 'mark-unreachable':
      problem = markUnreachable(draft, operation.agentId, operation.timeMs);
      break;
    case 'mark-reachable':
      problem = markReachable(draft, operation.info);
      break;
    case 'mark-gone':
      problem = markGone(draft, operation.agentId, operation.timeMs);
      break;
    case 'remove-agent':
      problem = removeAgent(draft, operation.agentId);
      break;
    case 'prune':
      for (const id of operation.unreachable) if (draft.unreachable.has(id)) draft.writeUnreachable().delete(id);
      for (const id of operation.gone) if (draft.gone.has(id)) draft.writeGone().delete(id);
      break;
    case 'deactivate-agent':
      problem = deactivateAgent(draft, operation.agentId);
      break;
    case 'reactivate-agent':
      problem = reactivateAgent(draft, operation.agentId);
      break;
    case 'update-weights':
      updateWeights(draft, operation.weights);
      break;
    case 'update-quota':
      updateQuota(draft, operation.configs);
      break;
    case 'update-schedule':
      problem = maintain(
        draft,
        (plan) => withSchedule(plan, operation.schedule),
        'A machine that is down is not in it',
      );
      break;
    case 'start-maintenance':
      problem = maintain(draft, (plan) => withDown(plan, operation.machines), 'A machine is not draining');
      break;
    case 'stop-maintenance':
      problem = maintain(draft, (plan) => withUp(plan, operation.machines), 'A machine is not down');
      break;
  }
  return problem;
}

function admitAgent(draft: RegistryDraft, info: AgentInfo): string | undefined {
  const id = info.id?.value ?? '';
  if (draft.agents.has(id)) return `Agent ${id} is admitted already`;
  if (draft.unreachable.has(id) || draft.gone.has(id)) return `Agent ${id} was admitted before`;
  draft.writeAgents().set(id, { info });
  return undefined;
}

function updateAgent(draft: RegistryDraft, info: AgentInfo): string | undefined {
  const id = info.id?.value ?? '';
  const agent = draft.agents.get(id);
  if (agent === undefined) return notAdmitted(id);
  draft.writeAgents().set(id, { ...agent, info });
  return undefined;
}

function markUnreachable(draft: RegistryDraft, agentId: string, timeMs: number): string | undefined {
  const agent = draft.agents.get(agentId);
  if (agent === undefined) return notAdmitted(agentId);
  const { info: _, ...kept } = agent;
  draft.writeAgents().delete(agentId);
  draft.writeUnreachable().set(agentId, { id: { value: agentId }, timestamp: timeInfo(timeMs), ...kept });
  return undefined;
}

/** An agent may be admitted already: after a failover it has not been marked unreachable. And it may be unknown: it was pruned. */
function markReachable(draft: RegistryDraft, info: AgentInfo): string | undefined {
  const id = info.id?.value ?? '';
  if (draft.gone.has(id)) return `Agent ${id} is marked gone`;
  if (draft.agents.has(id)) return undefined;
  const unreachable = draft.unreachable.get(id);
  if (unreachable !== undefined) draft.writeUnreachable().delete(id);
  const { id: _, timestamp: __, ...kept } = unreachable ?? {};
  draft.writeAgents().set(id, { info, ...kept });
  return undefined;
}

function markGone(draft: RegistryDraft, agentId: string, timeMs: number): string | undefined {
  if (draft.gone.has(agentId)) return `Agent ${agentId} is marked gone already`;
  if (draft.agents.has(agentId)) draft.writeAgents().delete(agentId);
  else if (draft.unreachable.has(agentId)) draft.writeUnreachable().delete(agentId);
  else return `There is no agent ${agentId}`;
  draft.writeGone().set(agentId, { id: { value: agentId }, timestamp: timeInfo(timeMs) });
  return undefined;
}

function removeAgent(draft: RegistryDraft, agentId: string): string | undefined {
  if (!draft.agents.has(agentId)) return notAdmitted(agentId);
  draft.writeAgents().delete(agentId);
  return undefined;
}

function deactivateAgent(draft: RegistryDraft, agentId: string): string | undefined {
  if (!changeAgent(draft, agentId, (agent) => ({ ...agent, deactivated: true }))) return `There is no agent ${agentId}`;
  setMinimumCapability(draft, 'AGENT_DRAINING', true);
  return undefined;
}

function reactivateAgent(draft: RegistryDraft, agentId: string): string | undefined {
  const isThere = changeAgent(draft, agentId, (agent) => {
    const { deactivated: _, drain_info: __, ...active } = agent;
    return active;
  });
  if (!isThere) return `There is no agent ${agentId}`;
  // A master that cannot deactivate agents may take over again when the last one has been activated.
  if ([...draft.agents.values(), ...draft.unreachable.values()].some((agent) => agent.deactivated === true)) {
    return undefined;
  }
  setMinimumCapability(draft, 'AGENT_DRAINING', false);
  return undefined;
}

/** Changes what agents that were let in and those that are unreachable have in common. Answers whether there is such an agent. */
function changeAgent(
  draft: RegistryDraft,
  agentId: string,
  change: <A extends Pick<Registry_Slave, 'deactivated' | 'drain_info'>>(
    agent: A,
  ) => Omit<A, 'deactivated' | 'drain_info'> & Pick<Registry_Slave, 'deactivated' | 'drain_info'>,
): boolean {
  const agent = draft.agents.get(agentId);
  const unreachable = draft.unreachable.get(agentId);
  if (agent !== undefined) draft.writeAgents().set(agentId, change(agent));
  else if (unreachable !== undefined) draft.writeUnreachable().set(agentId, change(unreachable));
  return agent !== undefined || unreachable !== undefined;
}

function setMinimumCapability(draft: RegistryDraft, capability: MasterInfo_Capability_Type, isNeeded: boolean): void {
  const others = (draft.rest.minimum_capabilities ?? []).filter((each) => each.capability !== capability);
  draft.rest = { ...draft.rest, minimum_capabilities: isNeeded ? [...others, { capability }] : others };
}

function updateWeights(draft: RegistryDraft, weights: readonly WeightInfo[]): void {
  const byRole = new Map((draft.rest.weights ?? []).map((weight) => [weight.info.role, weight]));
  for (const info of weights) byRole.set(info.role, { info });
  draft.rest = { ...draft.rest, weights: [...byRole.values()] };
}

/** What a master of old has written of these roles, from which guarantees are limits too, gives way. */
function updateQuota(draft: RegistryDraft, configs: readonly QuotaConfig[]): void {
  const byRole = new Map((draft.rest.quota_configs ?? []).map((config) => [config.role, config]));
  for (const config of configs) {
    if (isDefaultQuota(quotaOf(config))) byRole.delete(config.role);
    else byRole.set(config.role, config);
  }
  const changed = new Set(configs.map(({ role }) => role));
  const { quota_configs: _, quotas: old = [], ...rest } = draft.rest;
  const quotas = old.filter(({ info }) => !changed.has(info.role ?? ''));
  draft.rest = {
    ...rest,
    ...(quotas.length === 0 ? {} : { quotas }),
    ...(byRole.size === 0 ? {} : { quota_configs: [...byRole.values()] }),
  };
  // A master that knows no limits may take over again when there is no quota any more.
  setMinimumCapability(draft, 'QUOTA_V2', byRole.size > 0);
}

function maintain(
  draft: RegistryDraft,
  change: (before: Maintenance) => Maintenance | undefined,
  problem: string,
): string | undefined {
  const after = change(readMaintenance(draft.rest));
  if (after === undefined) return problem;
  draft.rest = writeMaintenance(draft.rest, after);
  return undefined;
}

function notAdmitted(agentId: string): string {
  return `Agent ${agentId} is not admitted`;
}

function timeInfo(timeMs: number): TimeInfo {
  return { nanoseconds: timeMs * 1e6 };
}
