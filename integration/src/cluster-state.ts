import { agentPort, masterPort } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';
import { waitUntil } from './wait-until.ts';

/** What masters and agents tell of a task. */
export interface TaskView {
  readonly id: string;
  readonly framework_id: string;
  readonly slave_id: string;
  readonly state: string;
}

/** What a master tells of an agent. */
export interface AgentView {
  readonly id: string;
  readonly hostname: string;
  readonly active: boolean;
}

/** What a master tells of a framework. */
export interface FrameworkView {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly tasks: readonly TaskView[];
  readonly unreachable_tasks: readonly TaskView[];
  readonly completed_tasks: readonly TaskView[];
}

/** The part of a master's `/state` that tests look at. */
export interface MasterState {
  readonly slaves: readonly AgentView[];
  readonly unreachable_slaves: number;
  readonly frameworks: readonly FrameworkView[];
  readonly completed_frameworks: readonly FrameworkView[];
}

/** The part of an agent's `/state` that tests look at. */
export interface AgentState {
  readonly id: string;
  readonly frameworks: readonly {
    readonly id: string;
    readonly executors: readonly {
      readonly id: string;
      readonly container: string;
      readonly tasks: readonly TaskView[];
      readonly queued_tasks: readonly { readonly id: string }[];
      readonly completed_tasks: readonly TaskView[];
    }[];
  }[];
}

export async function readMaster(master: ClusterNode): Promise<MasterState> {
  return (await master.json(masterPort, '/state')) as MasterState;
}

export async function readAgent(agent: ClusterNode): Promise<AgentState> {
  return (await agent.json(agentPort, '/state')) as AgentState;
}

/** Waits until so many agents are registered and active. Answers their ids by host name. */
export async function registeredAgents(master: ClusterNode, agents: number): Promise<Record<string, string>> {
  const { slaves } = await waitUntil(
    `${agents} agents are registered`,
    () => readMaster(master),
    (state) => state.slaves.filter(({ active }) => active).length === agents,
  );
  return Object.fromEntries(slaves.map(({ hostname, id }) => [hostname, id]));
}

/** Tasks as `framework/task STATE`, in the order of their names. */
export type TaskLines = readonly string[];

/**
 * What a master and an agent tell of the tasks that the agent has; where they agree, both lists are the same. Tasks whose end the
 * framework has not acknowledged, tasks that wait for their executor, and executors without tasks count on the agent's side.
 */
export async function bothViews(
  master: ClusterNode,
  agent: ClusterNode,
): Promise<{ master: TaskLines; agent: TaskLines }> {
  const [masterState, agentState] = await Promise.all([readMaster(master), readAgent(agent)]);
  const known = masterState.frameworks
    .flatMap(({ tasks }) => tasks)
    .filter(({ slave_id }) => slave_id === agentState.id)
    .map(line);
  const running = agentState.frameworks.flatMap(({ id, executors }) =>
    executors.flatMap((executor) => {
      const lines = [
        ...executor.tasks.map(line),
        ...executor.queued_tasks.map((task) => `${id}/${task.id} queued`),
        ...executor.completed_tasks.map(line),
      ];
      return lines.length === 0 ? [`${id}/${executor.id} without a task`] : lines;
    }),
  );
  return { master: known.toSorted(), agent: running.toSorted() };
}

function line({ framework_id, id, state }: TaskView): string {
  return `${framework_id}/${id} ${state}`;
}
