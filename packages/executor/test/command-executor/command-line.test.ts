import test from 'ava';
import { commandLine } from '../../src/command-executor/command-line.ts';
import { task } from '../support/fake-agent.ts';

test('a shell command is run by sh', (t) => {
  t.like(commandLine(task('t', { command: { value: 'echo $HOME' } }), {}), {
    file: '/bin/sh',
    argv: ['sh', '-c', 'echo $HOME'],
  });
});

test('without a shell the value is executed, and the first argument is the name it sees', (t) => {
  const command = { shell: false, value: '/bin/sh', arguments: ['name', '-c', 'true'] };
  t.like(commandLine(task('t', { command }), {}), { file: '/bin/sh', argv: ['name', '-c', 'true'] });
  t.like(commandLine(task('t', { command: { shell: false, value: 'ls' } }), {}), { file: 'ls', argv: ['ls'] });
});

test("the environment is the executor's, the secrets that were resolved, the command's, and the role, in rising order", (t) => {
  const variables = [
    { name: 'A', value: 'command' },
    { name: 'EMPTY' },
    { name: 'S', type: 'SECRET' as const, secret: {} },
  ];
  const line = commandLine(
    task('t', {
      command: { value: 'true', environment: { variables } },
      resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, allocation_info: { role: 'r' } }],
    }),
    {
      A: 'executor',
      B: 'executor',
      C: 'executor',
      MESOS_ALLOCATION_ROLE: 'other',
      MESOS_EXECUTOR_AUTHENTICATION_TOKEN: 'token',
      MESOS_TASK_VARIABLE_A: 'secret',
      MESOS_TASK_VARIABLE_C: 'secret',
      MESOS_TASK_VARIABLE_S: 'secret',
    },
  );
  t.deepEqual(line.environment, {
    A: 'command',
    B: 'executor',
    C: 'secret',
    EMPTY: '',
    MESOS_ALLOCATION_ROLE: 'r',
    S: 'secret',
  });
});

test('a task that does not say what to run is refused', (t) => {
  for (const command of [undefined, {}, { shell: false, arguments: ['x'] }]) {
    const it = command === undefined ? task('t') : task('t', { command });
    t.throws(() => commandLine(it, {}), { code: 'EXECUTOR_COMMAND_MISSING', message: /task 't' is not specified$/ });
  }
});
