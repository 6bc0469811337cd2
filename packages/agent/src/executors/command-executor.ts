/** The executor that the agent makes up for a task that brings a command and no executor of its own. */
import type { ExecutorInfo, Resource, TaskInfo } from '@mesos-ts/protocol';
import { Resources, parseResources } from '@mesos-ts/protocol';

import {
  commandExecutorCpus,
  commandExecutorGraceMarginMs,
  commandExecutorMemMb,
  commandNameLengthMax,
} from '../constants.ts';

const nanosecondsPerMs = 1e6;

/** How to start the command executor's program. */
export interface CommandExecutorProgram {
  /** The program: a path. */
  readonly file: string;
  /** All arguments, beginning with the program's own name. */
  readonly arguments: readonly string[];
}

/** Describes the executor of a command task. Its id, and its source, are the task's id. */
export function commandExecutorInfo(
  task: TaskInfo,
  frameworkId: string,
  program: CommandExecutorProgram,
): ExecutorInfo {
  const command = task.command ?? {};
  const gracePeriod = task.kill_policy?.grace_period;
  return {
    executor_id: { value: task.task_id.value },
    framework_id: { value: frameworkId },
    name: `Command Executor (Task: ${task.task_id.value}) (Command: ${commandName(task)})`,
    source: task.task_id.value,
    resources: overhead(task.resources ?? []),
    ...(task.container === undefined ? {} : { container: task.container }),
    ...(task.labels === undefined ? {} : { labels: task.labels }),
    ...(task.discovery === undefined ? {} : { discovery: task.discovery }),
    ...(gracePeriod === undefined
      ? {}
      : { shutdown_grace_period: { nanoseconds: graceNanoseconds(gracePeriod.nanoseconds) } }),
    command: {
      shell: false,
      value: program.file,
      arguments: [...program.arguments],
      uris: command.uris ?? [],
      ...(command.environment === undefined ? {} : { environment: command.environment }),
      ...(command.user === undefined ? {} : { user: command.user }),
    },
  };
}

/** The command executor must be able to report what its task did when it was killed. */
function graceNanoseconds(taskGraceNanoseconds: number): number {
  return taskGraceNanoseconds + commandExecutorGraceMarginMs * nanosecondsPerMs;
}

function commandName(task: TaskInfo): string {
  const { arguments: list = [], shell = true, value } = task.command ?? {};
  if (shell) return value === undefined ? 'NO COMMAND' : `sh -c '${cut(value)}'`;
  return value === undefined ? 'NO EXECUTABLE' : `[${cut(`${value}, ${list.join(', ')}`)}]`;
}

function cut(text: string): string {
  return text.length > commandNameLengthMax ? `${text.slice(0, commandNameLengthMax - 3)}...` : text;
}

/** What the executor itself holds; allocated to the role that the task's resources are allocated to. */
function overhead(taskResources: readonly Resource[]): Resource[] {
  const amount = parseResources(`cpus:${commandExecutorCpus};mem:${commandExecutorMemMb}`).value ?? Resources.empty;
  const role = taskResources.find((resource) => resource.allocation_info?.role !== undefined)?.allocation_info?.role;
  return (role === undefined ? amount : amount.allocate(role)).toArray();
}
