import { Resources, createStatusUpdate, parseResources } from '@mesos-ts/protocol';
import type { TaskState, TaskStatus } from '@mesos-ts/protocol';
import fc from 'fast-check';
import test from 'ava';
import { completedTasksPerExecutorMax, taskStatusesMax } from '../../src/constants.ts';
import {
  abandonTasks,
  completeTask,
  createExecutor,
  hasIncompleteTasks,
  launchQueuedTask,
  noteForwardedUpdate,
  queueTask,
  updateTaskState,
  wasEverSentTask,
} from '../../src/state/executor-state.ts';
import type { ExecutorState } from '../../src/state/executor-state.ts';
import { commandTask } from '../../src/testing/index.ts';

function executorWith(...taskIds: string[]): ExecutorState {
  const executor = createExecutor({
    id: 'E',
    frameworkId: 'F',
    info: { executor_id: { value: 'E' } },
    containerId: 'C',
    directory: '/sandbox',
    user: undefined,
    isGeneratedForCommandTask: false,
  });
  for (const taskId of taskIds) queueTask(executor, commandTask(taskId, 'S'));
  return executor;
}

function heldByTasks(executor: ExecutorState): Resources {
  const tasks = [...executor.queuedTasks.values(), ...executor.launchedTasks.values()];
  return Resources.of(tasks.flatMap((task) => task.resources ?? []));
}

function status(taskId: string, state: TaskState, more: Partial<TaskStatus> = {}): TaskStatus {
  const options = {
    frameworkId: { value: 'F' },
    taskId: { value: taskId },
    state,
    source: 'SOURCE_EXECUTOR',
    nowMs: 0,
  } as const;
  return { ...createStatusUpdate(options).status, ...more };
}

test('a task goes from queued to launched to ended to completed, and holds resources until it ends', (t) => {
  const executor = executorWith('a', 'b');
  t.is(executor.allocated.cpus, 2);
  t.false(wasEverSentTask(executor));
  t.is(launchQueuedTask(executor, 'a')?.state, 'TASK_STAGING');
  t.is(launchQueuedTask(executor, 'a'), undefined);
  t.true(wasEverSentTask(executor));
  t.is(updateTaskState(executor, status('a', 'TASK_FINISHED')), undefined);
  t.is(executor.allocated.cpus, 1);
  completeTask(executor, 'a');
  t.deepEqual(
    executor.completedTasks.map((task) => task.state),
    ['TASK_FINISHED'],
  );
  t.true(hasIncompleteTasks(executor));
  t.true(wasEverSentTask(executor));
});

test('statuses that make no sense are refused with the reason', (t) => {
  const executor = executorWith('a');
  t.is(updateTaskState(executor, status('a', 'TASK_RUNNING')), 'Cannot send non-terminal update for queued task');
  t.is(updateTaskState(executor, status('b', 'TASK_RUNNING')), 'Task is unknown');
  t.is(updateTaskState(executor, status('a', 'TASK_KILLED')), undefined);
  t.is(updateTaskState(executor, status('a', 'TASK_RUNNING')), 'Task is already terminated with state TASK_KILLED');
});

test('of statuses with the same state in a row the newest is kept, and of all a bounded number', (t) => {
  const executor = executorWith('a');
  launchQueuedTask(executor, 'a');
  for (const message of ['one', 'two']) updateTaskState(executor, status('a', 'TASK_RUNNING', { message }));
  t.deepEqual(
    executor.launchedTasks.get('a')?.statuses?.map(({ message }) => message),
    ['two'],
  );
  for (let n = 0; n < taskStatusesMax; n++) {
    updateTaskState(executor, status('a', n % 2 === 0 ? 'TASK_STARTING' : 'TASK_RUNNING'));
  }
  t.is(executor.launchedTasks.get('a')?.statuses?.length, taskStatusesMax);
});

test('the update that is under way is noted beside the newest state', (t) => {
  const executor = executorWith('a');
  launchQueuedTask(executor, 'a');
  updateTaskState(executor, status('a', 'TASK_FINISHED'));
  t.is(noteForwardedUpdate(executor, 'a', 'TASK_RUNNING', Uint8Array.of(1)), 'TASK_FINISHED');
  t.like(executor.terminatedTasks.get('a'), { state: 'TASK_FINISHED', status_update_state: 'TASK_RUNNING' });
  t.is(noteForwardedUpdate(executor, 'nobody', 'TASK_RUNNING', Uint8Array.of(1)), undefined);
});

test('an executor holds its own resources, too, and nothing else once its tasks are given up', (t) => {
  const resources = parseResources('cpus:0.1').value?.allocate('*').toArray() ?? [];
  const executor = createExecutor({ ...executorWith(), info: { executor_id: { value: 'E' }, resources } });
  queueTask(executor, commandTask('a', 'S'));
  queueTask(executor, commandTask('b', 'S'));
  launchQueuedTask(executor, 'a');
  t.is(executor.allocated.cpus, 2.1);
  abandonTasks(executor);
  t.is(executor.allocated.cpus, 0.1);
  t.deepEqual([...executor.terminatedTasks.keys()], ['a']);
});

test('a bounded number of completed tasks is kept, the newest', (t) => {
  const taskIds = Array.from({ length: completedTasksPerExecutorMax + 1 }, (_, n) => `t${n}`);
  const executor = executorWith(...taskIds);
  for (const taskId of taskIds) {
    updateTaskState(executor, status(taskId, 'TASK_KILLED'));
    completeTask(executor, taskId);
  }
  t.is(executor.completedTasks.length, completedTasksPerExecutorMax);
  t.is(executor.completedTasks[0]?.task_id.value, 't1');
});

test('whatever happens, a task is in one place and holds resources until it ends, and one that has ended stays ended', (t) => {
  const states: TaskState[] = ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED'];
  const action = fc.oneof(
    fc.record({ kind: fc.constant('launch' as const), task: fc.constantFrom('a', 'b') }),
    fc.record({ kind: fc.constant('complete' as const), task: fc.constantFrom('a', 'b') }),
    fc.record({
      kind: fc.constant('status' as const),
      task: fc.constantFrom('a', 'b'),
      state: fc.constantFrom(...states),
    }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const executor = executorWith('a', 'b');
      const ended = new Map<string, TaskState>();
      for (const each of actions) {
        if (each.kind === 'launch') launchQueuedTask(executor, each.task);
        else if (each.kind === 'complete') completeTask(executor, each.task);
        else updateTaskState(executor, status(each.task, each.state));
        for (const task of [...executor.terminatedTasks.values(), ...executor.completedTasks]) {
          const id = task.task_id.value;
          t.is(task.state, ended.get(id) ?? task.state);
          ended.set(id, task.state);
        }
        const places = [
          ...executor.queuedTasks.keys(),
          ...executor.launchedTasks.keys(),
          ...executor.terminatedTasks.keys(),
          ...executor.completedTasks.map((task) => task.task_id.value),
        ];
        t.deepEqual(places.toSorted(), ['a', 'b']);
        t.deepEqual(executor.allocated.toArray(), heldByTasks(executor).toArray());
      }
    }),
  );
});
