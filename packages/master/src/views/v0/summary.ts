import { agentJson } from './agent.ts';
import { frameworkSummaryJson, visibleFrameworks } from './framework.ts';
import { tasksOf } from './tasks.ts';
import type { TaskState } from '@mesos-ts/protocol';
import type { V0View } from './source.ts';

/** The states that `/state-summary` counts tasks by. */
const summaryStates: readonly TaskState[] = [
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_KILLED',
  'TASK_FAILED',
  'TASK_LOST',
  'TASK_ERROR',
  'TASK_UNREACHABLE',
];

/**
 * What `/state-summary` shows: agents and frameworks with how many tasks of theirs are in which state. An agent's counts are of the
 * tasks of all frameworks, seen or not, as in Mesos.
 */
export const summaryView: V0View = ({ cluster, settings }, approvers) => {
  const byAgent = new Map<string, Map<TaskState, number>>();
  const byFramework = new Map<string, Map<TaskState, number>>();
  const agentFrameworks = new Map<string, Set<string>>();
  const frameworkAgents = new Map<string, Set<string>>();
  for (const framework of cluster.frameworks.values()) {
    for (const { agent_id, state } of tasksOf(framework)) {
      increment(byAgent, agent_id.value, state);
      increment(byFramework, framework.id, state);
      insert(agentFrameworks, agent_id.value, framework.id);
      insert(frameworkAgents, framework.id, agent_id.value);
    }
  }
  return {
    hostname: cluster.masterInfo.hostname ?? '',
    cluster: settings.cluster,
    slaves: [...cluster.agents.values()].map((agent) => ({
      ...agentJson(agent, approvers),
      ...countsJson(byAgent.get(agent.id)),
      framework_ids: [...(agentFrameworks.get(agent.id) ?? [])],
    })),
    frameworks: [...visibleFrameworks(cluster.frameworks.values(), approvers, undefined)].map((framework) => ({
      ...frameworkSummaryJson(framework),
      ...countsJson(byFramework.get(framework.id)),
      slave_ids: [...(frameworkAgents.get(framework.id) ?? [])],
    })),
  };
};

function countsJson(counts: ReadonlyMap<TaskState, number> | undefined): Record<string, number> {
  return Object.fromEntries(summaryStates.map((state) => [state, counts?.get(state) ?? 0]));
}

function increment(counts: Map<string, Map<TaskState, number>>, key: string, state: TaskState): void {
  const states = counts.get(key) ?? new Map<TaskState, number>();
  states.set(state, (states.get(state) ?? 0) + 1);
  counts.set(key, states);
}

function insert(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set<string>();
  set.add(value);
  sets.set(key, set);
}
