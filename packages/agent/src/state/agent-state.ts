/** Everything the agent runs and has run. Plain data, no input or output. */
import { Resources } from '@mesos-ts/protocol';
import type { FrameworkInfo, Task } from '@mesos-ts/protocol';

import { completedFrameworksMax } from '../constants.ts';
import { createFramework, frameworkResources } from './framework-state.ts';
import type { ExecutorState } from './executor-state.ts';
import type { FrameworkState } from './framework-state.ts';

/** The agent's frameworks by id. */
export interface AgentState {
  readonly frameworks: Map<string, FrameworkState>;
  /** Frameworks that ended, the oldest first; bounded. */
  readonly completedFrameworks: Map<string, FrameworkState>;
}

/** An agent that runs nothing. */
export function createAgentState(): AgentState {
  return { frameworks: new Map(), completedFrameworks: new Map() };
}

/** The framework of that id, made if there is none. One that comes back keeps the record of what it ran before. */
export function addFramework(state: AgentState, id: string, info: FrameworkInfo): FrameworkState {
  const existing = state.frameworks.get(id);
  if (existing !== undefined) return existing;
  const framework = createFramework(id, info);
  const former = state.completedFrameworks.get(id);
  if (former !== undefined) {
    framework.completedExecutors.push(...former.completedExecutors);
    state.completedFrameworks.delete(id);
  }
  state.frameworks.set(id, framework);
  return framework;
}

/** Moves a framework to the completed ones. Answers the ones that are forgotten. */
export function completeFramework(state: AgentState, id: string): FrameworkState[] {
  const framework = state.frameworks.get(id);
  if (framework === undefined) return [];
  state.frameworks.delete(id);
  state.completedFrameworks.set(id, framework);
  const forgotten: FrameworkState[] = [];
  for (const [oldId, old] of state.completedFrameworks) {
    if (state.completedFrameworks.size <= completedFrameworksMax) break;
    state.completedFrameworks.delete(oldId);
    forgotten.push(old);
  }
  return forgotten;
}

/** The run of an executor in that container, if it is not completed. */
export function executorOfContainer(
  state: AgentState,
  frameworkId: string,
  executorId: string,
  containerId: string,
): ExecutorState | undefined {
  const executor = state.frameworks.get(frameworkId)?.executors.get(executorId);
  return executor?.containerId === containerId ? executor : undefined;
}

/** All runs of executors that are not completed. */
export function* executorsOf(state: AgentState): Generator<ExecutorState> {
  for (const framework of state.frameworks.values()) yield* framework.executors.values();
}

/** All tasks that have been sent to executors and have not ended. */
export function* launchedTasksOf(state: AgentState): Generator<Task> {
  for (const executor of executorsOf(state)) yield* executor.launchedTasks.values();
}

/** What all executors and tasks hold. */
export function usedResources(state: AgentState): Resources {
  let total = Resources.empty;
  for (const framework of state.frameworks.values()) total = total.add(frameworkResources(framework));
  return total;
}
