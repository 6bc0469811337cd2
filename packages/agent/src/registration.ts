import { createTask } from '@mesos-ts/protocol';
import type { Archive_Framework, ReregisterAgentMessage, Task } from '@mesos-ts/protocol';

import { archivedTasksMax } from './constants.ts';
import type { AgentState } from './state/agent-state.ts';
import type { ExecutorState } from './state/executor-state.ts';
import type { FrameworkState } from './state/framework-state.ts';

/** What an agent that registers again tells about what it runs and has run. Pure. */
export function reregistration(
  state: AgentState,
): Pick<ReregisterAgentMessage, 'completed_frameworks' | 'executor_infos' | 'frameworks' | 'tasks'> {
  const frameworks = [...state.frameworks.values()];
  const executors = frameworks.flatMap((framework) => [...framework.executors.values()]);
  return {
    frameworks: frameworks.map((framework) => framework.info),
    tasks: executors.flatMap(incompleteTasks),
    // The master does not know of executors that the agent made up, and those that ended hold nothing.
    executor_infos: executors
      .filter((executor) => !executor.isGeneratedForCommandTask && executor.phase !== 'TERMINATED')
      .map((executor) => executor.info),
    completed_frameworks: archive([...state.completedFrameworks.values()]),
  };
}

function incompleteTasks(executor: ExecutorState): Task[] {
  const queued = [...executor.queuedTasks.values()].map((task) =>
    createTask(task, 'TASK_STAGING', { value: executor.frameworkId }),
  );
  return [...executor.launchedTasks.values(), ...executor.terminatedTasks.values(), ...queued];
}

/** The newest frameworks that ended and their newest tasks, in the order in which they ended. */
function archive(frameworks: readonly FrameworkState[]): Archive_Framework[] {
  const archives: Archive_Framework[] = [];
  let room = archivedTasksMax;
  for (const framework of frameworks.toReversed()) {
    const ended = framework.completedExecutors.flatMap((executor) => [
      ...executor.terminatedTasks.values(),
      ...executor.completedTasks,
    ]);
    const tasks = room === 0 ? [] : ended.slice(-room);
    room -= tasks.length;
    archives.push({ framework_info: framework.info, tasks });
  }
  return archives.toReversed();
}
