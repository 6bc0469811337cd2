import { CliError } from './errors.ts';
import type { OperatorClient } from '@mesos-ts/operator';
import type { Task } from '@mesos-ts/protocol';

/** Every task that the master knows, the newest first. Those without a status are the newest of all. */
export async function allTasks(client: OperatorClient): Promise<Task[]> {
  const lists = await client.getTasks();
  const { completed_tasks = [], orphan_tasks = [], pending_tasks = [], tasks = [], unreachable_tasks = [] } = lists;
  return [...pending_tasks, ...tasks, ...unreachable_tasks, ...orphan_tasks, ...completed_tasks]
    .map((task) => ({ task, since: task.statuses?.[0]?.timestamp ?? Number.POSITIVE_INFINITY }))
    .toSorted((left, right) => (left.since === right.since ? 0 : right.since - left.since))
    .map(({ task }) => task);
}

/** The newest task of an id, of any framework or of one. Throws `CLI_NOT_FOUND`. */
export async function taskOfId(client: OperatorClient, id: string, frameworkId: string | undefined): Promise<Task> {
  const task = (await allTasks(client)).find(
    ({ framework_id, task_id }) =>
      task_id.value === id && (frameworkId === undefined || framework_id.value === frameworkId),
  );
  if (task !== undefined) return task;
  const where = frameworkId === undefined ? '' : ` of framework '${frameworkId}'`;
  throw new CliError('CLI_NOT_FOUND', `There is no task '${id}'${where}`);
}
