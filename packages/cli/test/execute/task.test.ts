import { loadFlags } from '@mesos-ts/flags';
import test from 'ava';
import { executeFlags } from '../../src/execute/flags.ts';
import { taskOf } from '../../src/execute/task.ts';
import type { TaskOrError } from '../../src/execute/task.ts';

function taskFrom(...argv: string[]): TaskOrError {
  const loaded = loadFlags(executeFlags, { argv, positionalsMax: 100 });
  return loaded.kind === 'loaded' ? taskOf(loaded.flags, loaded.rest) : { error: loaded.kind };
}

test('name, command, resources, environment and URIs make a task', (t) => {
  const { task } = taskFrom(
    '--name=n',
    '--command=echo $A',
    '--resources=cpus:0.5;mem:64',
    '--env={"A": "1"}',
    '--uris=http://host/a.tgz,/b',
  );
  t.like(task, {
    name: 'n',
    task_id: { value: 'n' },
    command: {
      shell: true,
      value: 'echo $A',
      environment: { variables: [{ name: 'A', value: '1' }] },
      uris: [{ value: 'http://host/a.tgz' }, { value: '/b' }],
    },
  });
  t.deepEqual(
    task?.resources?.map(({ name, scalar }) => [name, scalar?.value]),
    [
      ['cpus', 0.5],
      ['mem', 64],
    ],
  );
});

test('the resources are those of Mesos when nothing is said', (t) => {
  const { task } = taskFrom('--name=n', '--command=true');
  t.deepEqual(
    task?.resources?.map(({ name, scalar }) => [name, scalar?.value]),
    [
      ['cpus', 1],
      ['mem', 128],
    ],
  );
});

test('without a shell, what follows the flags are arguments, after the name that the program sees', (t) => {
  const { task } = taskFrom('--name=n', '--no-shell', '--command=/bin/ls', '--', '-l', '/');
  t.deepEqual(task?.command, { shell: false, value: '/bin/ls', arguments: ['/bin/ls', '-l', '/'] });
});

test('a whole task may be given as JSON, without an agent', (t) => {
  const json = { name: 'n', task_id: { value: 't' }, command: { value: 'true' } };
  t.like(taskFrom(`--task=${JSON.stringify(json)}`).task, json);
  // It runs on whichever agent is offered.
  t.is(taskFrom(`--task=${JSON.stringify({ ...json, agent_id: { value: 'a' } })}`).task?.agent_id, undefined);
});

test('flags that make no task say why', (t) => {
  const cases: [string[], RegExp][] = [
    [['--command=true'], /--name/],
    [['--name=n'], /--command/],
    [['--name=a/b', '--command=true'], /--name: .*'a\/b'/],
    [['--name=n', '--command=true', 'surplus'], /'surplus'.*--no-shell/],
    [['--task={"name": "n"}'], /--task: .*task_id/],
    [['--task={"name": "n", "task_id": {"value": ""}}'], /--task: /],
    [['--task={"name": "n", "task_id": {"value": "t"}}', '--name=n'], /--name cannot be given together with --task/],
    [['--task={"name": "n", "task_id": {"value": "t"}}', 'surplus'], /'surplus'/],
  ];
  for (const [argv, pattern] of cases) t.regex(taskFrom(...argv).error ?? '', pattern, argv.join(' '));
});
