import type { CommandInfo, TaskInfo } from '@mesos-ts/protocol';
import { taskVariablePrefix, tokenVariable } from '../constants.ts';
import type { Variables } from '../environment.ts';
import { ExecutorError } from '../errors.ts';

/** What is executed for a task, and with which environment. */
export interface CommandLine {
  readonly file: string;
  /** The arguments, beginning with what the program sees as its own name. */
  readonly argv: readonly string[];
  readonly environment: Variables;
}

/**
 * What a task's command says to execute, in which environment. Throws `EXECUTOR_COMMAND_MISSING`.
 * @param executor The environment of the executor.
 */
export function commandLine(task: TaskInfo, executor: Variables): CommandLine {
  const program = programOf(task.command ?? {});
  if (program === undefined) {
    const what = task.command?.shell === false ? 'Executable' : 'Shell command';
    throw new ExecutorError('EXECUTOR_COMMAND_MISSING', `${what} of task '${task.task_id.value}' is not specified`);
  }
  return { ...program, environment: taskEnvironment(task, executor) };
}

/** What a command says to execute: for the shell, or with `shell: false` a program and its arguments, the first of which is its own name. */
export function programOf(command: CommandInfo): Omit<CommandLine, 'environment'> | undefined {
  const { arguments: list = [], shell = true, value } = command;
  if (value === undefined) return undefined;
  if (shell) return { file: '/bin/sh', argv: ['sh', '-c', value] };
  return { file: value, argv: list.length > 0 ? list : [value] };
}

/**
 * The environment of a task: the executor's without its token, the secrets that the agent has resolved, the command's own variables, and
 * `MESOS_ALLOCATION_ROLE`, in rising order.
 */
export function taskEnvironment(task: TaskInfo, executor: Variables): Variables {
  const inherited: Record<string, string | undefined> = {};
  const secrets: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(executor)) {
    if (name.startsWith(taskVariablePrefix)) secrets[name.slice(taskVariablePrefix.length)] = value;
    // What proves who the executor is, is none of the task's business.
    else if (name !== tokenVariable) inherited[name] = value;
  }
  return {
    ...inherited,
    ...secrets,
    ...variablesOf(task.command ?? {}),
    MESOS_ALLOCATION_ROLE: allocationRole(task),
  };
}

/** The variables that a command has itself. Its secrets are not among them: who launches it resolves these. */
export function variablesOf(command: CommandInfo): Variables {
  const variables = command.environment?.variables ?? [];
  return Object.fromEntries(
    variables.filter(({ type }) => type !== 'SECRET').map(({ name, value }) => [name, value ?? '']),
  );
}

/** The role that the task's resources are allocated to: tasks do not mix roles. */
function allocationRole(task: TaskInfo): string {
  return task.resources?.[0]?.allocation_info?.role ?? '*';
}
