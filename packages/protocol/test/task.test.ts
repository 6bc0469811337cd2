import test from 'ava';
import { check, createTask, latestContainerStatus, type TaskInfo } from '../src/index.ts';

const info: TaskInfo = {
  name: 'n',
  task_id: { value: 't' },
  agent_id: { value: 'a' },
  resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }],
  command: { value: 'true', user: 'nobody' },
  labels: { labels: [{ key: 'k' }] },
};

test('the record of a command task has what was asked for and no executor', (t) => {
  const task = createTask(info, 'TASK_STAGING', { value: 'f' });
  t.deepEqual(check('mesos.v1.Task', task), {
    name: 'n',
    task_id: { value: 't' },
    framework_id: { value: 'f' },
    agent_id: { value: 'a' },
    state: 'TASK_STAGING',
    resources: info.resources,
    labels: info.labels,
    user: 'nobody',
  });
  t.is(latestContainerStatus(task), undefined);
});

test("the user of a task with an executor is the executor's", (t) => {
  const { command: _command, ...rest } = info;
  const executor = { executor_id: { value: 'e' }, command: { user: 'daemon' } };
  const task = createTask({ ...rest, executor }, 'TASK_STAGING', { value: 'f' });
  t.deepEqual([task.executor_id, task.user], [{ value: 'e' }, 'daemon']);
});

test('the newest container status wins', (t) => {
  const status = { task_id: { value: 't' }, state: 'TASK_RUNNING' as const };
  const task = createTask(info, 'TASK_RUNNING', { value: 'f' });
  task.statuses = [
    { ...status, container_status: { executor_pid: 1 } },
    { ...status, container_status: { executor_pid: 2 } },
    status,
  ];
  t.deepEqual(latestContainerStatus(task), { executor_pid: 2 });
});
