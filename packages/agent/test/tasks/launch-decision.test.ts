import test from 'ava';
import { decideLaunch } from '../../src/tasks/launch-decision.ts';

const base = { executor: undefined, isCommandTask: false, launchExecutor: undefined } as const;

test('a task without a running executor gets a new one, unless the master believes that there is one', (t) => {
  t.is(decideLaunch(base).kind, 'launch');
  t.is(decideLaunch({ ...base, launchExecutor: true }).kind, 'launch');
  t.like(decideLaunch({ ...base, launchExecutor: false }), { kind: 'drop', reason: 'REASON_EXECUTOR_TERMINATED' });
  t.is(decideLaunch({ ...base, isCommandTask: true, launchExecutor: false }).kind, 'launch');
});

test('a task waits for an executor that registers or runs', (t) => {
  for (const executor of ['REGISTERING', 'RUNNING'] as const) {
    t.is(decideLaunch({ ...base, executor, launchExecutor: false }).kind, 'queue');
  }
});

test('a task is dropped where its executor ends', (t) => {
  t.like(decideLaunch({ ...base, executor: 'TERMINATING' }), { kind: 'drop', message: 'Executor terminating' });
  t.like(decideLaunch({ ...base, executor: 'TERMINATED' }), { kind: 'drop', message: 'Executor terminated' });
});

test('where the master expects to launch an executor that is there, both sides are brought to one view', (t) => {
  t.like(decideLaunch({ ...base, executor: 'TERMINATED', launchExecutor: true }), { remedy: 'send exited' });
  t.like(decideLaunch({ ...base, executor: 'RUNNING', launchExecutor: true }), { remedy: 'shut down executor' });
});

test('the id of a command task cannot be used again while its executor is there', (t) => {
  t.like(decideLaunch({ ...base, executor: 'RUNNING', isCommandTask: true }), { reason: 'REASON_TASK_INVALID' });
});
