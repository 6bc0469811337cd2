import { buildTimeMs, seconds, taskJson, versionJson, type Json, type JsonObject } from '@mesos-ts/daemon';
import { tasksLimit } from '../../constants.ts';
import { agentJson, fullAgentJson } from './agent.ts';
import { frameworkJson, frameworkSummaryJson } from './framework.ts';
import type { MasterInfo, Task, TaskState } from '@mesos-ts/protocol';
import type { Cluster } from '../../state/cluster.ts';
import type { FrameworkRecord } from '../../state/framework.ts';

/** What the master says of itself. */
export interface MasterFacts {
  readonly info: MasterInfo;
  /** Milliseconds since the Unix epoch. */
  readonly startTimeMs: number;
  /** The flags it was started with, by name, as texts. */
  readonly flags: Readonly<Record<string, string>>;
}

/** What `/state` shows: all there is. */
export function stateJson(cluster: Cluster, facts: MasterFacts, clusterName: string | undefined): Json {
  const { info } = facts;
  const agents = [...cluster.agents.values()];
  return {
    ...versionJson(buildTimeMs),
    start_time: seconds(facts.startTimeMs),
    // A master without rivals leads from the start.
    elected_time: seconds(facts.startTimeMs),
    id: info.id,
    pid: info.pid ?? '',
    hostname: info.hostname ?? '',
    capabilities: (info.capabilities ?? []).map((capability) => capability.type ?? 'UNKNOWN'),
    activated_slaves: agents.filter((agent) => agent.active).length,
    deactivated_slaves: agents.filter((agent) => !agent.active).length,
    unreachable_slaves: cluster.unreachableAgents.size,
    leader: info.pid ?? '',
    leader_info: { id: info.id, pid: info.pid ?? '', port: info.port, hostname: info.hostname ?? '' },
    cluster: clusterName,
    log_dir: facts.flags['log_dir'],
    external_log_file: facts.flags['external_log_file'],
    flags: facts.flags,
    slaves: agents.map(agentJson),
    recovered_slaves: [],
    ...frameworksOf(cluster, () => true),
    orphan_tasks: [],
  };
}

/** What `/frameworks` shows. */
export function frameworksJson(cluster: Cluster, frameworkId: string | undefined): Json {
  return frameworksOf(cluster, (framework) => frameworkId === undefined || framework.id === frameworkId);
}

function frameworksOf(cluster: Cluster, wanted: (framework: FrameworkRecord) => boolean): JsonObject {
  const list = (frameworks: Iterable<FrameworkRecord>): Json =>
    [...frameworks].filter(wanted).map((framework) => frameworkJson(framework, cluster));
  return {
    frameworks: list(cluster.frameworks.values()),
    completed_frameworks: list(cluster.completedFrameworks.values()),
    unregistered_frameworks: [],
  };
}

/** What `/slaves` shows. */
export function agentsJson(cluster: Cluster, agentId: string | undefined): Json {
  const agents = [...cluster.agents.values()].filter((agent) => agentId === undefined || agent.id === agentId);
  return { slaves: agents.map(fullAgentJson), recovered_slaves: [] };
}

/** What `/tasks` can be asked for. */
export interface TasksQuery {
  readonly limit: string | null;
  readonly offset: string | null;
  readonly order: string | null;
  readonly frameworkId: string | undefined;
  readonly taskId: string | undefined;
}

/** What `/tasks` shows: some of all tasks, newest first unless asked otherwise. */
export function tasksJson(cluster: Cluster, query: TasksQuery): Json {
  const tasks: Task[] = [];
  for (const framework of [...cluster.frameworks.values(), ...cluster.completedFrameworks.values()]) {
    if (query.frameworkId !== undefined && framework.id !== query.frameworkId) continue;
    for (const task of tasksOf(framework)) {
      if (query.taskId === undefined || task.task_id.value === query.taskId) tasks.push(task);
    }
  }
  const sign = query.order === 'asc' ? 1 : -1;
  tasks.sort((left, right) => sign * (startOf(left) - startOf(right)));
  const offset = unsigned(query.offset) ?? 0;
  return { tasks: tasks.slice(offset, offset + (unsigned(query.limit) ?? tasksLimit)).map(taskJson) };
}

function* tasksOf(framework: FrameworkRecord): IterableIterator<Task> {
  for (const records of [framework.tasks, framework.unreachableTasks, framework.completedTasks]) {
    for (const { task } of records.values()) yield task;
  }
}

/** A task without statuses has only just been launched: it counts as the oldest when ascending, as in Mesos. */
function startOf(task: Task): number {
  return task.statuses?.[0]?.timestamp ?? 0;
}

/** Mesos reads these numbers as unsigned: a negative one is very large, and what is no number is not there. */
function unsigned(text: string | null): number | undefined {
  if (text === null || !/^-?\d+$/.test(text)) return undefined;
  return text.startsWith('-') ? Number.MAX_SAFE_INTEGER / 2 : Number(text);
}

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

/** What `/state-summary` shows: agents and frameworks with how many tasks of theirs are in which state. */
export function summaryJson(cluster: Cluster, clusterName: string | undefined): Json {
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
    cluster: clusterName,
    slaves: [...cluster.agents.values()].map((agent) => ({
      ...agentJson(agent),
      ...countsJson(byAgent.get(agent.id)),
      framework_ids: [...(agentFrameworks.get(agent.id) ?? [])],
    })),
    frameworks: [...cluster.frameworks.values()].map((framework) => ({
      ...frameworkSummaryJson(framework),
      ...countsJson(byFramework.get(framework.id)),
      slave_ids: [...(frameworkAgents.get(framework.id) ?? [])],
    })),
  };
}

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
