import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listProcesses } from '@mesos-ts/libprocess/subprocess';
import test from 'ava';
import { localProbes } from '../../src/checks/index.ts';
import { commandProbe } from '../../src/checks/command-probe.ts';

const never = new AbortController().signal;
const environment = { PATH: process.env['PATH'], GIVEN: 'by the task' };
const exit = (exit_code: number) => ({ status: { type: 'COMMAND', command: { exit_code } } });

function isAlive(pid: number): boolean {
  return listProcesses()?.some((entry) => entry.pid === pid && !entry.isZombie) === true;
}

test('the result is the exit status of the command, for a shell or not', async (t) => {
  t.deepEqual(await commandProbe({ value: 'exit 3' }, environment)(never), exit(3));
  t.deepEqual(await commandProbe({ value: '/bin/true', shell: false }, environment)(never), exit(0));
  const direct = { value: '/bin/sh', shell: false, arguments: ['name', '-c', 'test $0 = name; exit $?'] };
  t.deepEqual(await commandProbe(direct, environment)(never), exit(0));
});

test("its environment is the task's, with variables of its own, and with the secrets that say their values", async (t) => {
  const command = {
    value: 'test "$GIVEN" = "by the task" && test "$OWN" = mine && test "$SECRET" = sesame && test -z "${REFERRED+x}"',
    environment: {
      variables: [
        { name: 'OWN', value: 'mine' },
        { name: 'SECRET', type: 'SECRET', secret: { type: 'VALUE', value: { data: Buffer.from('sesame') } } },
        { name: 'REFERRED', type: 'SECRET', secret: { type: 'REFERENCE', reference: { name: 'r' } } },
      ],
    },
  } as const;
  const variables = [...command.environment.variables];
  t.deepEqual(await commandProbe({ ...command, environment: { variables } }, environment)(never), exit(0));
});

test("a check's command does not see what proves who the executor is", async (t) => {
  const probes = localProbes({ ...environment, MESOS_EXECUTOR_AUTHENTICATION_TOKEN: 'token' });
  const command = { value: 'test -n "$GIVEN" && test -z "$MESOS_EXECUTOR_AUTHENTICATION_TOKEN"' };
  t.deepEqual(await probes({ type: 'COMMAND', command })(never), exit(0));
});

test('a command that cannot be executed, or is ended by a signal, has failed', async (t) => {
  for (const command of [{ value: '/no/such/program', shell: false }, { value: 'kill -9 $$' }, { value: 'a\0b' }, {}]) {
    t.true('failure' in (await commandProbe(command, environment)(never)), JSON.stringify(command));
  }
});

test('an aborted probe is killed with all that it has started', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'mesos-check-test-'));
  const file = join(directory, 'pids');
  writeFileSync(file, '');
  const watcher = watch(file);
  const abort = new AbortController();
  const value = `sleep 1000 & echo $! >> ${file}; setsid sleep 1001 & echo $$ >> ${file}; wait`;
  const outcome = commandProbe({ value }, environment)(abort.signal);
  let pids: number[] = [];
  for (;;) {
    const change = once(watcher, 'change');
    pids = readFileSync(file, 'utf8').split('\n').slice(0, -1).map(Number);
    if (pids.length >= 2) break;
    await change;
  }
  watcher.close();
  t.true(pids.every(isAlive));
  abort.abort();
  t.true('failure' in (await outcome));
  while (pids.some(isAlive)) await new Promise((resolve) => setImmediate(resolve));
  t.false(pids.some(isAlive));
  rmSync(directory, { recursive: true });
});

test('what a check leaves in the background is killed', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'mesos-check-test-'));
  const file = join(directory, 'pid');
  t.deepEqual(await commandProbe({ value: `sleep 1000 & echo $! > ${file}` }, environment)(never), exit(0));
  const pid = Number(readFileSync(file, 'utf8'));
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
  t.false(isAlive(pid));
  rmSync(directory, { recursive: true });
});
