import type { ProgramIo } from '@mesos-ts/daemon';
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { eventually, temporaryFolder } from '@mesos-ts/libprocess/testing';
import { runAgent } from '../src/main.ts';
import { textOf } from './support/processes.ts';

function captured(): ProgramIo & { out: string; err: string; signals: Map<string, () => void> } {
  const io = {
    out: '',
    err: '',
    signals: new Map<string, () => void>(),
    stdout: (text: string) => {
      io.out += text;
    },
    stderr: (text: string) => {
      io.err += text;
    },
    onSignal: (signal: string, callback: () => void) => {
      io.signals.set(signal, callback);
      return () => {
        io.signals.delete(signal);
      };
    },
  };
  return io;
}

test('help is printed, with every flag', async (t) => {
  const io = captured();
  t.is(await runAgent(['--help'], {}, io), 0);
  t.regex(io.out, /--\[no-\]switch_user|--executor_shutdown_grace_period/);
  t.is(io.err, '');
});

test('a mistake in the flags is one line that names it, and the status 1', async (t) => {
  for (const [argv, expected] of [
    [['--work_dir=/w'], /'master' is required/],
    [['--master=m:1', '--work_dir=/w', '--prot=1'], /unknown flag.*Did you mean '--port'/],
    [['--master=m:1', '--work_dir=/w', '--gc_delay=1days'], /'gc_delay' is not supported yet/],
    [['--master=zk://x', '--work_dir=/w'], /ZooKeeper/],
  ] as const) {
    const io = captured();
    t.is(await runAgent(argv, {}, io), 1);
    t.regex(io.err, expected);
    t.is(io.err.split('\n').length, 3);
  }
});

test('a work directory that cannot be is a sentence, at once', async (t) => {
  const io = captured();
  t.is(await runAgent(['--master=127.0.0.1:1', '--work_dir=/proc/no/folder', '--ip=127.0.0.1', '--port=0'], {}, io), 1);
  t.regex(io.err, /Failed to start the agent: .*\/proc\/no/);
});

/** Has an agent look for its master in vain until it says so. */
async function hears(t: ExecutionContext, master: string, expected: RegExp): Promise<void> {
  await using work = await temporaryFolder();
  const io = captured();
  const argv = [`--master=${master}`, `--work_dir=${work.path}`, '--ip=127.0.0.1', '--port=0'];
  const ended = runAgent([...argv, '--registration_backoff_factor=1ms'], {}, io);
  await eventually(() => expected.test(io.err), 'a word about it');
  io.signals.get('SIGTERM')?.();
  t.is(await ended, 0);
}

test('an agent that nobody answers says so, and why', async (t) => {
  await hears(
    t,
    '127.0.0.1:1',
    /No answer from \S+ \(Cannot connect to .*ECONNREFUSED.*\); registering again, attempt \d+/,
  );
});

test('an agent that finds another than a master says so', async (t) => {
  await using other = await new Runtime({ transport: new WebSocketTransport({ ip: '127.0.0.1' }) }).start();
  await hears(t, other.address, /No answer from \S+ \(there is no master\); registering again, attempt \d+/);
});

test('an address that cannot be listened on is a sentence, not a stack', async (t) => {
  const io = captured();
  await using work = await temporaryFolder();
  t.is(await runAgent(['--master=127.0.0.1:1', `--work_dir=${work.path}`, '--ip=203.0.113.1'], {}, io), 1);
  t.regex(io.err, /Failed to start the agent: .*EADDRNOTAVAIL/);
});

test('an agent says where it serves when it is ready, logs to a file if asked to, and ends with status 0 on a signal', async (t) => {
  await using work = await temporaryFolder();
  const io = captured();
  const argv = [
    '--master=127.0.0.1:1',
    `--work_dir=${work.path}`,
    '--ip=127.0.0.1',
    '--port=0',
    `--log_dir=${work.path}`,
  ];
  const ended = runAgent(argv, { MESOS_HOSTNAME: 'a.example' }, io);
  await eventually(() => io.err.includes('Agent is ready'), 'readiness');
  const url = /Agent is ready and serves (http:\S+)/.exec(io.err)?.[1] ?? '';
  const state = (await (await fetch(`${url}/state`)).json()) as { hostname: string; log_dir: string };
  t.is(state.hostname, 'a.example');
  t.is(state.log_dir, work.path);
  const log = await (await fetch(`${url}/files/read?path=/slave/log&offset=0`)).json();
  t.regex((log as { data: string }).data, /agent\] Agent is ready/);
  io.signals.get('SIGTERM')?.();
  t.is(await ended, 0);
  t.is(io.signals.size, 0);
  t.regex(await textOf(`${work.path}/mesos-agent.INFO`), /ready/);
});
