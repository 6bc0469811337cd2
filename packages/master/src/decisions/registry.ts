// What a master does with the registry beside what happens to single agents: it begins with it, and keeps it from growing for ever.
import { formatDuration } from '@mesos-ts/flags';
import { configOf, configOfInfo, quotaOf } from '../quota.ts';
import { readMaintenance } from '../registrar/maintenance.ts';
import type { RegistryContents } from '../registrar/contents.ts';
import type { Turn } from './turn.ts';

/**
 * A master that leads has read the registry: it knows which agents to wait for, and lets others in. Answers why it must not lead, or
 * nothing.
 */
export function recoverRegistry(turn: Turn, { agents, gone, rest, unreachable }: RegistryContents): string | undefined {
  const { cluster, settings } = turn;
  const missing = missingCapabilities(turn, rest.minimum_capabilities ?? []);
  if (missing.length > 0) {
    return (
      `The registry was written by a master that can do what this one cannot: ${missing.join(', ')}. Run a version that can, or undo ` +
      'with such a one what needs it (as in https://mesos.apache.org/documentation/latest/downgrades)'
    );
  }
  for (const [id, { deactivated = false, info }] of agents) cluster.recoveredAgents.set(id, { info, deactivated });
  cluster.recoveredCount = agents.size;
  for (const [id, { deactivated = false, timestamp }] of unreachable) {
    cluster.unreachableAgents.set(id, { sinceMs: timestamp.nanoseconds / 1e6, tasks: new Map(), deactivated });
  }
  for (const [id, { timestamp }] of gone) cluster.goneAgents.set(id, timestamp.nanoseconds / 1e6);
  recoverWeights(turn, rest.weights ?? []);
  recoverQuotas(turn, rest, agents.size);
  cluster.machines.set(readMaintenance(rest));
  if (agents.size > 0) turn.startTimer(settings.agentReregisterTimeoutMs, { type: 'recovered-agents' });
  turn.startTimer(settings.registryGcIntervalMs, { type: 'registry-gc' });
  turn.info(
    `Recovered ${agents.size} agents from the registry; allowing ${formatDuration(settings.agentReregisterTimeoutMs)} for agents to reregister`,
  );
  return undefined;
}

function missingCapabilities(
  turn: Turn,
  demanded: NonNullable<RegistryContents['rest']['minimum_capabilities']>,
): string[] {
  const own = new Set<string>((turn.cluster.masterInfo.capabilities ?? []).map(({ type }) => type ?? 'UNKNOWN'));
  return demanded.map(({ capability }) => capability).filter((capability) => !own.has(capability));
}

/** Weights that operators have set count more than those of the flag, which are kept for the next master where there are no others. */
function recoverWeights(turn: Turn, stored: NonNullable<RegistryContents['rest']['weights']>): void {
  const { weights } = turn.cluster;
  if (stored.length > 0) {
    if (weights.size > 0) turn.warn('Ignoring --weights: there are weights in the registry');
    weights.clear();
    for (const { info } of stored) weights.set(info.role ?? '', info.weight);
  } else if (weights.size > 0) {
    const flagged = [...weights].map(([role, weight]) => ({ role, weight }));
    turn.registry({ type: 'update-weights', weights: flagged }, () => undefined);
  }
  for (const [role, weight] of weights) turn.allocator({ type: 'update-weight', role, weight });
}

/**
 * The allocator knows of quotas before it offers anything. While a part of the cluster is not back yet, it would take what is there for
 * all there is, and give to some what others are guaranteed, or more than a limit: so it waits for most of the agents.
 */
function recoverQuotas(
  turn: Turn,
  { quota_configs = [], quotas = [] }: RegistryContents['rest'],
  agents: number,
): void {
  const { cluster, settings } = turn;
  for (const config of [...quotas.map(({ info }) => configOfInfo(info)), ...quota_configs]) {
    const { role } = config;
    if (role.includes('/')) {
      turn.warn(`Ignoring the quota of role '${role}' in the registry: only roles at the top have one`);
      continue;
    }
    const quota = quotaOf(config);
    cluster.quotas.set(role, configOf(role, quota));
    turn.allocator({ type: 'update-quota', role, quota });
  }
  const awaited = Math.floor(agents * settings.allocatorAgentRecoveryFactor);
  if (cluster.quotas.size === 0 || awaited === 0) return;
  turn.allocator({ type: 'await-agents', count: awaited });
  turn.startTimer(settings.allocatorRecoveryTimeoutMs, { type: 'allocator-recovery' });
  const timeout = formatDuration(settings.allocatorRecoveryTimeoutMs);
  turn.info(`There are quotas: offers wait for ${awaited} agents to reregister or ${timeout} to pass`);
}

/** It is time to forget agents that have been unreachable or gone for long, and the oldest where there are too many. */
export function registryGcDue(turn: Turn): void {
  const { cluster, settings } = turn;
  turn.startTimer(settings.registryGcIntervalMs, { type: 'registry-gc' });
  const unreachable = outdated(
    turn,
    [...cluster.unreachableAgents].map(([id, { sinceMs }]) => [id, sinceMs]),
  );
  const gone = outdated(turn, [...cluster.goneAgents]);
  if (unreachable.length === 0 && gone.length === 0) return;
  turn.registry({ type: 'prune', unreachable, gone }, (later) => {
    for (const id of unreachable) forgetUnreachable(later, id);
    for (const id of gone) cluster.goneAgents.delete(id);
    later.info(`Garbage collected ${unreachable.length} unreachable and ${gone.length} gone agents from the registry`);
  });
}

/** Those that are too old, and of the others the first as far as there are too many. */
function outdated(turn: Turn, agents: readonly (readonly [id: string, sinceMs: number])[]): string[] {
  const { registryAgentAgeMaxMs, registryAgentsMax } = turn.settings;
  const removed: string[] = [];
  for (const [id, sinceMs] of agents) {
    const isTooMany = agents.length - removed.length > registryAgentsMax;
    if (isTooMany || turn.nowMs - sinceMs > registryAgentAgeMaxMs) removed.push(id);
  }
  return removed;
}

/** An agent is unreachable no more, or not known to be: neither are its tasks. */
export function forgetUnreachable(turn: Turn, agentId: string): void {
  const { cluster } = turn;
  for (const [frameworkId, tasks] of cluster.unreachableAgents.get(agentId)?.tasks ?? []) {
    for (const taskId of tasks) cluster.frameworks.get(frameworkId)?.unreachableTasks.delete(taskId);
  }
  cluster.unreachableAgents.delete(agentId);
}
