import test from 'ava';
import { formatStatus } from '../../src/execute/format.ts';

test('a status is printed as mesos-execute prints it', (t) => {
  t.is(
    formatStatus({
      task_id: { value: 't' },
      state: 'TASK_FAILED',
      message: 'Command exited with status 1',
      source: 'SOURCE_EXECUTOR',
      reason: 'REASON_COMMAND_EXECUTOR_FAILED',
      healthy: false,
    }),
    `Received status update TASK_FAILED for task 't'
  message: 'Command exited with status 1'
  source: SOURCE_EXECUTOR
  reason: REASON_COMMAND_EXECUTOR_FAILED
  healthy?: false
`,
  );
});

test('what is not set is not printed', (t) => {
  t.is(
    formatStatus({ task_id: { value: 't' }, state: 'TASK_RUNNING' }),
    "Received status update TASK_RUNNING for task 't'\n",
  );
});

test('resources that a task has exceeded are printed as Mesos prints them', (t) => {
  const resources = [{ name: 'mem', type: 'SCALAR' as const, scalar: { value: 64 } }];
  const text = formatStatus({ task_id: { value: 't' }, state: 'TASK_FAILED', limitation: { resources } });
  t.regex(text, /^ {2}resource limit violation: mem:64$/m);
});
