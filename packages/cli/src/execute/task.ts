import type { FlagValues } from '@mesos-ts/flags';
import { fromJson, parseResources, validateId, validateResources } from '@mesos-ts/protocol';
import type { CommandInfo } from '@mesos-ts/protocol';
import { errorText } from '@mesos-ts/libprocess';
import type { TaskToLaunch } from '@mesos-ts/scheduler';
import type { executeFlags } from './flags.ts';

/** The values of the flags of `mesos execute`. */
export type ExecuteFlags = FlagValues<typeof executeFlags>;

/** The task to run, or what is wrong with the flags. */
export type TaskOrError =
  | { readonly task: TaskToLaunch; readonly error?: undefined }
  | { readonly error: string; readonly task?: undefined };

/** The task that the flags and the arguments after them describe. */
export function taskOf(flags: ExecuteFlags, rest: readonly string[]): TaskOrError {
  if (flags.task !== undefined) return wholeTask(flags, rest);
  if (flags.name === undefined) return { error: 'Missing required option --name' };
  if (flags.command === undefined) return { error: 'Missing required option --command' };
  if (flags.shell && rest.length > 0) {
    return { error: `Unexpected argument '${rest[0] ?? ''}': arguments are for --no-shell` };
  }
  const invalid = validateId(flags.name);
  if (invalid !== undefined) return { error: `--name: ${invalid}` };
  const resources = parseResources(flags.resources);
  if (resources.error !== undefined) return { error: `--resources: ${resources.error}` };
  return {
    task: {
      name: flags.name,
      task_id: { value: flags.name },
      resources: resources.value.toArray(),
      command: commandOf(flags, flags.command, rest),
    },
  };
}

function commandOf(flags: ExecuteFlags, value: string, rest: readonly string[]): CommandInfo {
  const variables = Object.entries(flags.env ?? {}).flatMap(([name, text]) =>
    typeof text === 'string' ? [{ name, value: text }] : [],
  );
  return {
    shell: flags.shell,
    value,
    ...(flags.shell ? {} : { arguments: [value, ...rest] }),
    ...(variables.length === 0 ? {} : { environment: { variables } }),
    ...(flags.uris === undefined ? {} : { uris: flags.uris.map((uri) => ({ value: uri })) }),
  };
}

function wholeTask(flags: ExecuteFlags, rest: readonly string[]): TaskOrError {
  const excluded = (['name', 'command', 'env', 'uris'] as const).find((name) => flags[name] !== undefined);
  if (excluded !== undefined) return { error: `--${excluded} cannot be given together with --task` };
  if (rest[0] !== undefined) return { error: `Unexpected argument '${rest[0]}'` };
  try {
    // It runs on whichever agent is offered.
    const { agent_id: _agent, ...task } = fromJson('mesos.v1.TaskInfo', { ...flags.task, agent_id: { value: '' } });
    const invalid = validateId(task.task_id.value) ?? validateResources(task.resources ?? []);
    return invalid === undefined ? { task } : { error: `--task: ${invalid}` };
  } catch (error) {
    return { error: `--task: ${errorText(error)}` };
  }
}
