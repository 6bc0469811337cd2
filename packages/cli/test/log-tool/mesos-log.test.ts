import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { Log, levelLogStorage } from '@mesos-ts/replicated-log';
import { inTemporaryFolder } from '@mesos-ts/libprocess/testing';
import { mesosLog } from '../../src/log-tool/mesos-log.ts';
import { FakeIo } from '../support/fake-io.ts';
import type { LogWrite } from '@mesos-ts/replicated-log';

/** Does something with a path where there is nothing yet. */
function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  return inTemporaryFolder((folder) => work(join(folder, 'log')));
}

async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<[number, FakeIo]> {
  const io = new FakeIo();
  return [await mesosLog(argv, env, io), io];
}

async function write(path: string, ...writes: LogWrite[]): Promise<void> {
  const storage = levelLogStorage({ path });
  await storage.recover();
  for (const one of writes) await storage.persist(one);
  await storage.close();
}

test('mesos-log has help for itself and each of its commands, and knows what is misspelt', async (t) => {
  for (const argv of [['help'], ['--help'], ['-h']]) {
    const [status, { out, err }] = await run(argv);
    t.is(status, 0);
    t.is(err, '');
    for (const name of ['initialize', 'read', 'salvage']) t.regex(out, new RegExp(`^  ${name} `, 'm'));
  }
  const [status, { out, err }] = await run([]);
  t.is(status, 1);
  t.is(out, '');
  t.regex(err, /^Usage: mesos-log COMMAND/);
  for (const argv of [
    ['help', 'read'],
    ['read', '--help'],
  ]) {
    const [code, io] = await run(argv);
    t.is(code, 0);
    t.regex(io.out, /mesos-log read.*--from.*--path.*--to/s);
  }
  const [wrong, io] = await run(['raed']);
  t.is(wrong, 1);
  t.regex(io.err, /Cannot find command 'raed'. Did you mean 'read'\?/);
});

test('mesos-log salvage makes a log of its own of one replica, when it is told that the others are lost', async (t) => {
  await inFolder(async (path) => {
    const entry = {
      position: 1,
      promised: 4,
      performed: 4,
      value: { type: 'append', bytes: Buffer.from('a') },
    } as const;
    const metadata = { status: 'VOTING', promised: 4, log: 'of three', quorum: 2, fences: { other: 1 } } as const;
    await write(path, { metadata, actions: [entry] });
    const [unsure, { err }] = await run(['salvage', `--path=${path}`]);
    t.is(unsure, 1);
    t.regex(err, /--others_are_lost/);
    const [status, io] = await run(['salvage', `--path=${path}`, '--others_are_lost']);
    t.is(status, 0, io.err);
    t.regex(io.err, /up to position 1, and a quorum of 1/);
    const storage = levelLogStorage({ path });
    const { metadata: now } = await storage.recover();
    t.is(now.quorum, 1);
    t.regex(now.log ?? '', /^[0-9a-f-]{36}$/);
    await storage.close();

    // It writes alone, and has what it had.
    await using runtime = await new Runtime({ transport: new WebSocketTransport() }).start();
    const log = Log.open({ runtime, storage: levelLogStorage({ path }), quorum: 1 });
    t.is(await log.writer().start(), 1);
    t.deepEqual(await log.reader().read(1, 1), [{ position: 1, data: Buffer.from('a') }]);
    await log.close();
  });
});

test('mesos-log salvage refuses a replica that has not learned its log', async (t) => {
  await inFolder(async (path) => {
    const [none] = await run(['salvage', `--path=${path}`, '--others_are_lost']);
    t.is(none, 1);
    await write(path, { metadata: { status: 'RECOVERING', promised: 0, incarnation: 1 } });
    const [status, { err }] = await run(['salvage', `--path=${path}`, '--others_are_lost']);
    t.is(status, 1);
    t.regex(err, /is RECOVERING: it does not know what its log was/);
  });
});

test('mesos-log initialize gives an empty log its vote, once', async (t) => {
  await inFolder(async (path) => {
    const [status, { err }] = await run(['initialize', `--path=${path}`, '--timeout=1mins']);
    t.is(status, 0, err);
    t.is(err, `The log in ${path} is initialized\n`);
    const storage = levelLogStorage({ path });
    t.deepEqual((await storage.recover()).metadata, { status: 'VOTING', promised: 0 });
    const [inUse, busy] = await run(['initialize', `--path=${path}`]);
    t.is(inUse, 1);
    t.regex(busy.err, /in use by another program/);
    await storage.close();
    const [again, io] = await run(['initialize', `--path=${path}`]);
    t.is(again, 1);
    t.regex(io.err, /The log is not empty: the replica in .* is VOTING/);
  });
});

test('mesos-log initialize ends where no directory can be made', async (t) => {
  await inFolder(async (path) => {
    await mkdir(path);
    await writeFile(join(path, 'file'), '');
    // Below /proc, where there is one, Node's own mkdir with `recursive` tries for ever.
    for (const folder of [join(path, 'file'), join(path, 'file', 'log'), '/proc/no/such/log']) {
      const [status, { err }] = await run(['initialize', `--path=${folder}`]);
      t.is(status, 1, folder);
      t.regex(err, /cannot be used: making the directory failed/, folder);
    }
    t.is((await run(['initialize', `--path=${join(path, 'a', 'b')}`]))[0], 0);
  });
});

test('mesos-log read prints what is there as protobuf does, or the range that was asked for', async (t) => {
  await inFolder(async (path) => {
    const bytes = Buffer.from('a "quote"\n\0ä');
    await write(
      path,
      { actions: [{ position: 0, promised: 1, performed: 1, value: { type: 'nop' }, learned: true }] },
      { actions: [{ position: 1, promised: 2, performed: 2, value: { type: 'append', bytes }, learned: true }] },
      {
        actions: [
          { position: 2, promised: 2, performed: 2, value: { type: 'truncate', to: 1 } },
          { position: 3, promised: 4 },
        ],
      },
    );
    const [status, { out, err }] = await run(['read', `--path=${path}`]);
    t.is(status, 0, err);
    const line = '-'.repeat(46);
    const [nop, append, truncate, promise] = [
      `${line}\nposition: 0\npromised: 1\nperformed: 1\nlearned: true\ntype: NOP\nnop {\n}\n`,
      `${line}\nposition: 1\npromised: 2\nperformed: 2\nlearned: true\ntype: APPEND\nappend {\n  bytes: "a \\"quote\\"\\n\\000\\303\\244"\n}\n`,
      `${line}\nposition: 2\npromised: 2\nperformed: 2\ntype: TRUNCATE\ntruncate {\n  to: 1\n}\n`,
      `${line}\nposition: 3\npromised: 4\n`,
    ];
    t.is(out, `${nop}${append}${truncate}${promise}`);
    t.is((await run(['read', `--path=${path}`, '--from=1', '--to=2']))[1].out, `${append}${truncate}`);
    await write(path, { learned: [{ from: 2, to: 2 }] });
    t.regex((await run(['read', `--path=${path}`, '--from=0']))[1].err, /position 0 is truncated, the log begins at 1/);
    t.regex((await run(['read', `--path=${path}`, '--to=9']))[1].err, /position 9 is behind the end of the log, 3/);
    t.regex((await run(['read', `--path=${path}`, '--from=3', '--to=2']))[1].err, /from 3 to 2 is no range/);
  });
});

test('mesos-log read prints a log that is larger than what it has in memory', async (t) => {
  await inFolder(async (path) => {
    const bytes = Buffer.alloc(300_000, 'x');
    const value = { type: 'append', bytes } as const;
    const actions = Array.from({ length: 12 }, (_, position) => ({ position, promised: 1, performed: 1, value }));
    await write(path, { actions });
    const [status, { out }] = await run(['read', `--path=${path}`]);
    t.is(status, 0);
    t.is(out.match(/^position: \d+$/gm)?.join(' '), actions.map(({ position }) => `position: ${position}`).join(' '));
  });
});

test('mesos-log refuses a path where there is no log to read, and leaves nothing there; what is missing is asked for', async (t) => {
  await inFolder(async (path) => {
    const [status, { err }] = await run(['read', `--path=${path}`]);
    t.is(status, 1);
    t.regex(err, /There is no log in/);
    t.deepEqual(await readdir(join(path, '..')), []);
    const [missing, io] = await run(['read'], { MESOS_PATH: path });
    t.is(missing, 2);
    t.regex(io.err, /Flag 'path' is required/);
  });
});
