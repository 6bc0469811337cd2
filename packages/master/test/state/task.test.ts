import test from 'ava';
import { createStatusUpdate, createTask, type StatusUpdate, type TaskState } from '@mesos-ts/protocol';
import { commandTask } from '../../src/testing/index.ts';
import {
  applyUpdate,
  ownTasks,
  rememberForwarded,
  reportedState,
  Sharing,
  taskRecord,
  TaskRecord,
} from '../../src/state/task.ts';

function record(): TaskRecord {
  return taskRecord(createTask(commandTask('t', 'S'), 'TASK_STAGING', { value: 'F' }));
}

function update(state: TaskState, more: Partial<StatusUpdate> = {}): StatusUpdate {
  const options = { frameworkId: { value: 'F' }, taskId: { value: 't' }, source: 'SOURCE_EXECUTOR', nowMs: 0 } as const;
  return { ...createStatusUpdate({ ...options, state, uuid: new Uint8Array(16) }), ...more };
}

test('a task frees its resources once, when it first ends', (t) => {
  const task = record();
  t.false(applyUpdate(task, update('TASK_RUNNING')).ended);
  t.like(applyUpdate(task, update('TASK_FAILED')), { from: 'TASK_RUNNING', to: 'TASK_FAILED', ended: true });
  t.like(applyUpdate(task, update('TASK_RUNNING')), { from: 'TASK_FAILED', to: 'TASK_FAILED', ended: false });
});

test('what is reported is what was forwarded last', (t) => {
  const task = record();
  t.is(reportedState(task.task), 'TASK_STAGING');
  const running = update('TASK_RUNNING', { latest_state: 'TASK_FINISHED' });
  applyUpdate(task, running);
  rememberForwarded(task, running);
  t.is(task.task.state, 'TASK_FINISHED');
  t.is(reportedState(task.task), 'TASK_RUNNING');
});

test('a task that changes for ever is not remembered for ever', (t) => {
  const task = record();
  for (let i = 0; i < 500; i++) applyUpdate(task, update(i % 2 === 0 ? 'TASK_RUNNING' : 'TASK_KILLING'));
  t.is(task.task.statuses?.length, 100);
});

test('tasks that are alike share what they have in common, and keep apart what differs', (t) => {
  const info = { ...commandTask('t', 'S'), labels: { labels: [{ key: 'app', value: 'web' }] } };
  const first = taskRecord(createTask(info, 'TASK_STAGING', { value: 'F' }));
  const task = createTask(structuredClone({ ...info, task_id: { value: 'u' }, name: 'another' }), 'TASK_STAGING', {
    value: 'F',
  });
  const second = taskRecord(task, first);
  t.deepEqual(second.task, task);
  t.not(second.task, task, 'what came from elsewhere is not changed');
  t.is(second.task.labels, first.task.labels);
  t.is(second.task.resources, first.task.resources);
  t.is(second.resources, first.resources);

  const third = taskRecord({ ...task, resources: [], labels: { labels: [{ key: 'app', value: 'db' }] } }, second);
  t.deepEqual(third.task.labels, { labels: [{ key: 'app', value: 'db' }] });
  t.true(third.resources.isEmpty());
  t.false(second.resources.isEmpty());
});

test('what happens to a task does not happen to one that it shares with', (t) => {
  const first = record();
  const second = taskRecord(structuredClone(first.task), first);
  applyUpdate(first, update('TASK_RUNNING'));
  rememberForwarded(first, update('TASK_RUNNING'));
  t.is(second.task.state, 'TASK_STAGING');
  t.is(second.task.statuses, undefined);
  t.is(second.task.status_update_state, undefined);
});

test('tasks that came together share what is known of tasks before them, and keep apart what differs', (t) => {
  const info = { ...commandTask('t', 'S'), labels: { labels: [{ key: 'app', value: 'web' }] } };
  const known = taskRecord(createTask(info, 'TASK_RUNNING', { value: 'F' }));
  const first = { ...structuredClone(known.task), task_id: { value: 'u' } };
  const second = { ...first, task_id: { value: 'v' }, labels: { labels: [{ key: 'app', value: 'db' }] } };
  const third = { ...second, task_id: { value: 'w' }, resources: structuredClone(first.resources ?? []) };
  const tasks = [first, second, third];
  const before = structuredClone(tasks);
  const sharing = new Sharing();
  let like = known;
  const records = ownTasks(tasks).map((task) => (like = new TaskRecord(task, like, sharing)));
  t.deepEqual(
    records.map(({ task }) => task),
    before,
  );
  t.deepEqual(tasks, before, 'what came is as it was');
  t.deepEqual(
    records.map(({ task }) => task.labels === known.task.labels),
    [true, false, false],
  );
  t.is(records[2]?.task.labels, records[1]?.task.labels);
  for (const { resources, task } of records) {
    t.is(task.resources, known.task.resources);
    t.is(resources, known.resources);
  }
});

test('what is kept of a task that came back is none of the frame that it came in', (t) => {
  const frame = Buffer.alloc(65_536, 1);
  const bytes = (at: number) => frame.subarray(at, at + 16);
  const task = createTask(commandTask('t', 'S'), 'TASK_RUNNING', { value: 'F' });
  const status = {
    ...createStatusUpdate({
      frameworkId: { value: 'F' },
      taskId: { value: 't' },
      source: 'SOURCE_EXECUTOR',
      nowMs: 0,
      state: 'TASK_RUNNING',
      uuid: bytes(0),
    }).status,
    data: bytes(32),
  };
  const { task: kept } = taskRecord({ ...task, statuses: [status], status_update_uuid: bytes(64) });
  const [{ data, uuid } = status] = kept.statuses ?? [];
  for (const own of [data, uuid, kept.status_update_uuid]) {
    t.deepEqual(own, new Uint8Array(16).fill(1));
    t.is(own?.buffer.byteLength, 16);
  }
});
