import test from 'ava';
import { reconcileDelayMs } from '../src/backoff.ts';
import { reconcileTasksMax } from '../src/constants.ts';
import { Reconciliation } from '../src/reconciliation.ts';
import type { SchedulerCall, TaskState, TaskStatus } from '@mesos-ts/protocol';

const agent_id = { value: 'a' };

function told(id: string, state: TaskState): TaskStatus {
  return { task_id: { value: id }, agent_id, state };
}

/** What calls ask for: ids, or `all`. */
function asked(calls: readonly SchedulerCall[]): string[] {
  return calls
    .map(({ reconcile }) => reconcile?.tasks?.map(({ task_id }) => task_id.value).join(' ') ?? '')
    .map((ids) => ids || 'all');
}

test('tasks that are known are asked for by their ids until each is told of, and then, once, all', (t) => {
  const reconciliation = new Reconciliation();
  for (const id of ['one', 'two', 'three']) reconciliation.launched({ task_id: { value: id }, agent_id });
  reconciliation.updated(told('three', 'TASK_FINISHED'));
  reconciliation.begin();
  t.deepEqual(reconciliation.next(), [
    {
      type: 'RECONCILE',
      reconcile: { tasks: ['one', 'two'].map((value) => ({ task_id: { value }, agent_id })) },
    },
  ]);
  t.false(reconciliation.updated(told('one', 'TASK_RUNNING')));
  t.false(reconciliation.updated(told('another', 'TASK_RUNNING')));
  t.false(reconciliation.isDone);
  t.true(reconciliation.updated(told('two', 'TASK_LOST')), 'the last one');
  t.deepEqual(asked(reconciliation.next()), ['all']);
  t.true(reconciliation.isDone);
  reconciliation.begin();
  t.deepEqual(
    asked(reconciliation.next()),
    ['one another'],
    'with what the master has told of, without what has ended',
  );
});

test('tasks that no answer comes for do not hold up the others, and are asked for again', (t) => {
  const reconciliation = new Reconciliation();
  reconciliation.launched({ task_id: { value: 'one' } });
  reconciliation.launched({ task_id: { value: 'two' } });
  reconciliation.begin();
  t.deepEqual(asked(reconciliation.next()), ['one two']);
  reconciliation.updated(told('one', 'TASK_RUNNING'));
  t.deepEqual(asked(reconciliation.next()), ['two', 'all']);
  t.deepEqual(asked(reconciliation.next()), ['two']);
  t.is(reconciliation.rounds, 3);
  reconciliation.updated(told('two', 'TASK_UNREACHABLE'));
  t.true(reconciliation.isDone);
});

test('a framework that knows no task asks for all at once; one that begins anew forgets the round before', (t) => {
  const reconciliation = new Reconciliation();
  reconciliation.begin();
  t.deepEqual(asked(reconciliation.next()), ['all']);
  reconciliation.updated(told('one', 'TASK_RUNNING'));
  reconciliation.begin();
  t.deepEqual(asked(reconciliation.next()), ['one']);
  reconciliation.stop();
  t.true(reconciliation.isDone);
  t.false(reconciliation.updated(told('one', 'TASK_RUNNING')), 'nothing is waited for');
  reconciliation.updated(told('one', 'TASK_UNKNOWN'));
  reconciliation.begin();
  t.deepEqual(asked(reconciliation.next()), ['all'], 'a task that the master does not know is not asked for for ever');
});

test('many tasks are asked for by several calls', (t) => {
  const reconciliation = new Reconciliation();
  for (let index = 0; index <= reconcileTasksMax; index++) {
    reconciliation.launched({ task_id: { value: String(index) } });
  }
  reconciliation.begin();
  t.deepEqual(
    reconciliation.next().map(({ reconcile }) => reconcile?.tasks?.length),
    [reconcileTasksMax, 1],
  );
});

test('the waits between rounds grow from some seconds to a minute', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 5, 50].map((rounds) => reconcileDelayMs({ rounds, random: 0 })),
    [2_500, 5_000, 10_000, 20_000, 30_000, 30_000],
  );
  t.is(reconcileDelayMs({ rounds: 1, random: 1 }), 5_000);
  t.is(reconcileDelayMs({ rounds: 50, random: 1 }), 60_000);
});
