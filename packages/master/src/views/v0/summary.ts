import { agentJson } from './agent.ts';
import { frameworkSummaryJson, visibleFrameworks } from './framework.ts';
import { tasksOf } from './tasks.ts';
import type { TaskState } from '@mesos-ts/protocol';
import type { V0View } from './source.ts';

/** How many tasks are in each of the states that `/state-summary` counts by. */
type Counts = Record<(typeof summaryStates)[number], number>;

const summaryStates = [
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
] as const satisfies readonly TaskState[];

const none = Object.fromEntries(summaryStates.map((state) => [state, 0])) as Counts;

/**
 * What `/state-summary` shows: agents and frameworks with how many tasks of theirs are in which state. An agent's counts are of the
 * tasks of all frameworks, seen or not, as in Mesos.
 */
export const summaryView: V0View = ({ cluster, settings }, approvers) => {
  const byAgent = new Map<string, Counts>();
  const byFramework = new Map<string, Counts>();
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
    slaves: [...cluster.agents.values()].map((agent) =>
      Object.assign(agentJson(agent, approvers), byAgent.get(agent.id) ?? none, {
        framework_ids: [...(agentFrameworks.get(agent.id) ?? [])],
      }),
    ),
    frameworks: [...visibleFrameworks(cluster.frameworks.values(), approvers, undefined)].map((framework) =>
      Object.assign(frameworkSummaryJson(framework), byFramework.get(framework.id) ?? none, {
        slave_ids: [...(frameworkAgents.get(framework.id) ?? [])],
      }),
    ),
  };
};

function increment(counts: Map<string, Counts>, key: string, state: TaskState): void {
  let states = counts.get(key);
  if (states === undefined) counts.set(key, (states = { ...none }));
  if (isCounted(state)) states[state]++;
}

function isCounted(state: TaskState): state is keyof Counts {
  return Object.hasOwn(none, state);
}

function insert(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set<string>();
  set.add(value);
  sets.set(key, set);
}
