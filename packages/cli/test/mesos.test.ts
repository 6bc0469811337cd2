import test from 'ava';
import { commands } from '../src/commands/index.ts';
import { mesos } from '../src/index.ts';
import { FakeIo } from './support/fake-io.ts';

async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const io = new FakeIo();
  const status = await mesos(argv, {}, io);
  return { status, out: io.out, err: io.err };
}

const names = [...commands.keys()];

test('help lists every command', async (t) => {
  for (const argv of [['--help'], ['-h'], ['help']]) {
    const { status, out, err } = await run(...argv);
    t.is(status, 0);
    t.is(err, '');
    for (const name of names) t.true(out.includes(`\n  ${name} `), name);
  }
});

test('every command has help, in two ways', async (t) => {
  for (const name of names) {
    const asked = await run(...name.split(' '), '--help');
    t.is(asked.status, 0);
    t.true(asked.out.startsWith('Usage: mesos'), name);
    // The daemons have a page of their own each in the guide.
    if (name !== 'agent' && name !== 'master') t.regex(asked.out, /\nExample:\n {2}\S*.*mesos /, name);
    t.deepEqual(await run('help', ...name.split(' ')), asked);
  }
});

test('without a command there is help on stderr, and status 2', async (t) => {
  const { status, out, err } = await run();
  t.is(status, 2);
  t.is(out, '');
  t.true(err.startsWith('Usage: mesos COMMAND'));
});

test('half a command lists the whole ones', async (t) => {
  const { status, err } = await run('task');
  t.is(status, 2);
  t.true(err.includes('task log'));
  t.false(err.includes('execute'));
  t.is((await run('task', '--help')).status, 0);
});

test('an unknown command is an error that suggests the nearest', async (t) => {
  t.deepEqual(await run('agnets'), {
    status: 2,
    out: '',
    err: "mesos: 'agnets' is not a command. Did you mean 'mesos agents'?\nSee 'mesos --help'.\n",
  });
  t.true((await run('task', 'lgo')).err.includes("'task lgo' is not a command. Did you mean 'mesos task log'?"));
  t.false((await run('frobnicate')).err.includes('Did you mean'));
  t.is((await run('constructor')).status, 2);
  t.regex((await run('quota', 'updaet', 'web')).err, /Did you mean 'mesos quota update'\?/);
});

test('an unknown or malformed flag is an error that names it', async (t) => {
  for (const [argv, name] of [
    [['agents', '--mastre=x:1'], 'mastre'],
    [['tasks', '--limit=many'], 'limit'],
    [['tasks', '--limit=0'], 'limit'],
    [['tasks', '--state=running,walking'], "'walking' is no state"],
    [['local', '--num_agents=-1'], 'num_agents'],
    [['local', '--resources=cpus'], 'resources'],
    [['agents', '--master=zk://x'], 'master'],
    [['agents', 'surplus'], 'surplus'],
  ] as const) {
    const { status, out, err } = await run(...argv);
    t.is(status, 2);
    t.is(out, '');
    t.true(err.includes(name) && err.includes('--help'), err);
  }
});

test('the version is that of the master', async (t) => {
  const { status, out } = await run('--version');
  t.is(status, 0);
  t.regex(out, /^mesos \d+\.\d+\.\d+\n$/);
});
