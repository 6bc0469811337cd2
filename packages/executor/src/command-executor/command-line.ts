import type { CommandInfo, TaskInfo } from '@mesos-ts/protocol';
import { tokenVariable } from '../constants.ts';
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
 * What a task's command says to execute: a shell command, or with `shell: false` a program and its arguments, the first of which is its
 * own name. The environment is the executor's without its token, then the command's own variables, then `MESOS_ALLOCATION_ROLE`. Secrets are not put
 * there: resolving them is not the executor's business. Throws `EXECUTOR_COMMAND_MISSING`.
 */
export function commandLine(task: TaskInfo, executor: Variables): CommandLine {
  const { command } = task;
  const shell = command?.shell ?? true;
  if (command?.value === undefined) {
    const what = shell ? 'Shell command' : 'Executable';
    throw new ExecutorError('EXECUTOR_COMMAND_MISSING', `${what} of task '${task.task_id.value}' is not specified`);
  }
  // What proves who the executor is, is none of the task's business.
  const { [tokenVariable]: _token, ...inherited } = executor;
  const environment = { ...inherited, ...variablesOf(command), MESOS_ALLOCATION_ROLE: allocationRole(task) };
  if (shell) return { file: '/bin/sh', argv: ['sh', '-c', command.value], environment };
  const argv = command.arguments ?? [];
  return { file: command.value, argv: argv.length > 0 ? argv : [command.value], environment };
}

function variablesOf(command: CommandInfo): Variables {
  const variables = command.environment?.variables ?? [];
  return Object.fromEntries(
    variables.filter(({ type }) => type !== 'SECRET').map(({ name, value }) => [name, value ?? '']),
  );
}

/** The role that the task's resources are allocated to: tasks do not mix roles. */
function allocationRole(task: TaskInfo): string {
  return task.resources?.[0]?.allocation_info?.role ?? '*';
}
