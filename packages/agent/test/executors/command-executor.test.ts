import test from 'ava';
import { commandExecutorInfo } from '../../src/executors/command-executor.ts';
import { commandTask } from '../../src/testing/index.ts';

const program = { file: '/bin/executor', arguments: ['mesos-executor', 'x'] };
const nameOf = (command: object): string =>
  commandExecutorInfo(commandTask('t', 'a', { command }), 'f', program).name?.slice('Command Executor '.length) ?? '';

test('the executor tells the command in its name, cut to fifteen characters', (t) => {
  t.is(nameOf({ value: 'sleep 5' }), "(Task: t) (Command: sh -c 'sleep 5')");
  t.is(nameOf({ value: '123456789012345' }), "(Task: t) (Command: sh -c '123456789012345')");
  t.is(nameOf({ value: '1234567890123456' }), "(Task: t) (Command: sh -c '123456789012...')");
  t.is(nameOf({}), '(Task: t) (Command: NO COMMAND)');
  t.is(nameOf({ shell: false }), '(Task: t) (Command: NO EXECUTABLE)');
  t.is(nameOf({ shell: false, value: 'ls', arguments: ['ls', '-l'] }), '(Task: t) (Command: [ls, ls, -l])');
});

test('it holds a tenth of a processor and 32 MB, of the role of its task', (t) => {
  const { resources = [] } = commandExecutorInfo(commandTask('t', 'a'), 'f', program);
  t.deepEqual(
    resources.map((resource) => [resource.name, resource.scalar?.value, resource.allocation_info?.role]),
    [
      ['cpus', 0.1, '*'],
      ['mem', 32, '*'],
    ],
  );
});

test("it runs its own program with the task's files, user and grace", (t) => {
  const command = { value: 'x', user: 'nobody', uris: [{ value: 'u' }], environment: { variables: [] } };
  const info = commandExecutorInfo(
    commandTask('t', 'a', { command, kill_policy: { grace_period: { nanoseconds: 1e9 } } }),
    'f',
    program,
  );
  t.deepEqual(info.command, {
    shell: false,
    value: '/bin/executor',
    arguments: ['mesos-executor', 'x'],
    uris: [{ value: 'u' }],
    environment: { variables: [] },
    user: 'nobody',
  });
  t.is(info.shutdown_grace_period?.nanoseconds, 3e9);
  t.is(info.framework_id?.value, 'f');
});
