import { createTask } from '@mesos-ts/protocol';
import test from 'ava';
import { archivedTasksMax } from '../src/constants.ts';
import { reregistration } from '../src/registration.ts';
import { addFramework, completeFramework, createAgentState } from '../src/state/agent-state.ts';
import { createExecutor, queueTask } from '../src/state/executor-state.ts';
import type { ExecutorState } from '../src/state/executor-state.ts';
import { completeExecutor } from '../src/state/framework-state.ts';
import { commandTask, testFramework } from '../src/testing/index.ts';

const executor = (id: string): ExecutorState =>
  createExecutor({
    id,
    frameworkId: 'f',
    info: { executor_id: { value: id } },
    containerId: `container-${id}`,
    directory: '/sandbox',
    user: undefined,
    isGeneratedForCommandTask: false,
  });

test('queued, running and ended but unacknowledged tasks are told, and executors that are still there', (t) => {
  const state = createAgentState();
  const framework = addFramework(state, 'f', testFramework('f'));
  const running = executor('running');
  queueTask(running, commandTask('queued', 'S'));
  running.launchedTasks.set('launched', createTask(commandTask('launched', 'S'), 'TASK_RUNNING', { value: 'f' }));
  const ended = executor('ended');
  ended.phase = 'TERMINATED';
  ended.terminatedTasks.set('over', createTask(commandTask('over', 'S'), 'TASK_FAILED', { value: 'f' }));
  framework.executors.set('running', running).set('ended', ended);
  const told = reregistration(state);
  t.deepEqual(
    told.tasks?.map((task) => [task.task_id.value, task.state]),
    [
      ['launched', 'TASK_RUNNING'],
      ['queued', 'TASK_STAGING'],
      ['over', 'TASK_FAILED'],
    ],
  );
  t.deepEqual(
    told.executor_infos?.map((info) => info.executor_id.value),
    ['running'],
  );
});

test('of frameworks that ended no more tasks are told than fit one message, the newest', (t) => {
  const state = createAgentState();
  for (const id of ['old', 'new']) {
    const framework = addFramework(state, id, testFramework(id));
    for (let n = 0; n < archivedTasksMax / 2 + 100; n++) {
      const one = executor(`${id}-${n}`);
      one.completedTasks.push(createTask(commandTask(one.id, 'S'), 'TASK_FINISHED', { value: id }));
      framework.executors.set(one.id, one);
      completeExecutor(framework, one.id, 10_000);
    }
    completeFramework(state, id);
  }
  const archives = reregistration(state).completed_frameworks ?? [];
  t.deepEqual(
    archives.map((archive) => archive.framework_info.name),
    ['old', 'new'],
  );
  t.deepEqual(
    archives.map((archive) => archive.tasks?.length),
    [400, 600],
  );
  t.is(archives[0]?.tasks?.at(-1)?.task_id.value, 'old-599');
});
