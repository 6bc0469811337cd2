import { taskJson } from '@mesos-ts/daemon';
import { tasksLimit } from '../../constants.ts';
import { visibleFrameworks } from './framework.ts';
import type { Task } from '@mesos-ts/protocol';
import type { V0View } from './source.ts';
import type { ShownFramework } from '../shown.ts';

/** What `/tasks` shows: some of all tasks, newest first unless asked otherwise. */
export const tasksView: V0View = ({ cluster }, approvers, query) => {
  const { framework_id: frameworkId, task_id: taskId } = query;
  const tasks: Task[] = [];
  const frameworks = [...cluster.frameworks.values(), ...cluster.completedFrameworks.values()];
  for (const framework of visibleFrameworks(frameworks, approvers, frameworkId)) {
    for (const task of tasksOf(framework)) {
      if (taskId !== undefined && task.task_id.value !== taskId) continue;
      if (approvers.approves('VIEW_TASK', { task, framework_info: framework.info })) tasks.push(task);
    }
  }
  const sign = query['order'] === 'asc' ? 1 : -1;
  tasks.sort((left, right) => sign * (startOf(left) - startOf(right)));
  const offset = unsigned(query['offset']) ?? 0;
  return { tasks: tasks.slice(offset, offset + (unsigned(query['limit']) ?? tasksLimit)).map(taskJson) };
};

/** All tasks of a framework, those that have ended or are unreachable among them. */
export function* tasksOf(framework: ShownFramework): IterableIterator<Task> {
  for (const records of [framework.tasks, framework.unreachableTasks, framework.completedTasks]) {
    for (const { task } of records.values()) yield task;
  }
}

/** A task without statuses has only just been launched: it counts as the oldest when ascending, as in Mesos. */
function startOf(task: Task): number {
  return task.statuses?.[0]?.timestamp ?? 0;
}

/** Mesos reads these numbers as unsigned: a negative one is very large, and what is no number is not there. */
function unsigned(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?\d+$/.test(text)) return undefined;
  return text.startsWith('-') ? Number.MAX_SAFE_INTEGER / 2 : Number(text);
}
