// Replicas and the benchmark as real OS processes, on the ports that the test has found free.
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { startZooKeeper, zooKeeperAbsence } from '@mesos-ts/election/testing';
import { freePort, inTemporaryFolder } from '@mesos-ts/libprocess/testing';
import { mesosLog } from '../../src/log-tool/mesos-log.ts';
import { FakeIo } from '../support/fake-io.ts';
import { Running } from '../support/running.ts';
import type { AddressInfo } from 'node:net';

async function run(argv: readonly string[]): Promise<[number, FakeIo]> {
  const io = new FakeIo();
  return [await mesosLog(argv, {}, io), io];
}

test('mesos-log replica gives no disk a vote when its flags are wrong, or its port is taken', async (t) => {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'log');
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const [port, own] = [(taken.address() as AddressInfo).port, await freePort()];
    const flags = ['replica', `--path=${path}`, '--ip=127.0.0.1'];
    for (const [wrong, told] of [
      [[`--port=${own}`, '--quorum=1', '--replicas=127.0.0.1:1'], /is not among the members/],
      [[`--port=${own}`, '--quorum=1', `--replicas=127.0.0.1:${own},127.0.0.1:1,127.0.0.1:2`], /is no majority of 3/],
      [[`--port=${own}`, '--quorum=1', '--replicas=nowhere:port'], /--replicas: /],
      [[`--port=${port}`, '--quorum=1', `--replicas=127.0.0.1:${port}`], /EADDRINUSE|in use/],
    ] as const) {
      const [status, { err }] = await run([...flags, ...wrong]);
      t.is(status, 1, err);
      t.regex(err, told);
    }
    taken.close();
    const [status, { err }] = await run(['initialize', `--path=${path}`]);
    t.is(status, 0, err);
  });
});

test('mesos-log replica and benchmark: three replicas keep what the benchmark appends, end on a signal, and have it after a restart', async (t) => {
  await inTemporaryFolder(async (folder) => {
    const ports = [await freePort(), await freePort(), await freePort()];
    const replicas = ports.map((port) => `127.0.0.1:${port}`).join(',');
    const flagsOf = (index: number): string[] => [
      `--path=${join(folder, `${index}`)}`,
      `--replicas=${replicas}`,
      '--quorum=2',
      '--ip=127.0.0.1',
      `--port=${ports[index]}`,
    ];
    const start = (index: number, ...more: string[]): Running => {
      const running = new Running('mesos-log.js', ['replica', ...flagsOf(index), ...more]);
      t.teardown(() => running.child.kill('SIGKILL'));
      return running;
    };
    const others = [start(1), start(2)];
    for (const other of others) await other.printed(/The replica votes/);
    const [input, output] = [join(folder, 'trace'), join(folder, 'times')];
    await writeFile(input, '100B\n  1KB \n0B\n70KB\n');
    const benchmark = ['benchmark', ...flagsOf(0), `--input=${input}`, `--output=${output}`, '--type=one'];
    const [status, { out, err }] = await run(benchmark);
    t.is(status, 0, err);
    t.regex(out, /^Total number of appends: 4\nTotal time used: .+\n$/);
    const lines = (await readFile(output, 'utf8')).trimEnd().split('\n');
    t.deepEqual(
      lines.map((line) => /^\d{4}-\d\d-\d\d [\d:.]+\+00:00 Appended (\d+) bytes in [\d.]+ ms$/.exec(line)?.[1]),
      ['100', '1024', '0', `${70 * 1_024}`],
    );
    const [again, io] = await run(benchmark);
    t.is(again, 1);
    t.regex(io.err, /The log is not empty: .*Use --no-initialize/);
    others[0]?.child.kill('SIGTERM');
    t.deepEqual(await others[0]?.exit, [0, null]);
    const restarted = start(1, '--no-initialize');
    await restarted.printed(/The replica votes/);
    const [more, second] = await run([...benchmark, '--no-initialize']);
    t.is(more, 0, second.err);
    for (const running of [restarted, others[1]]) {
      running?.child.kill('SIGINT');
      t.deepEqual(await running?.exit, [0, null]);
    }
    const [, read] = await run(['read', `--path=${join(folder, '2')}`]);
    t.is(read.out.match(/^type: APPEND$/gm)?.length, 8);
    t.true(read.out.includes(`"${'\\377'.repeat(100)}"`));
  });
});

test('mesos-log replicas find each other by a znode of ZooKeeper', async (t) => {
  const absence = zooKeeperAbsence();
  if (absence !== undefined) {
    t.not(process.env['MESOS_REQUIRE_ELECTION_SERVICES'], '1', absence);
    t.log(`skipped: ${absence}`);
    t.pass();
    return;
  }
  const zooKeeper = await startZooKeeper();
  t.teardown(() => zooKeeper.close());
  await inTemporaryFolder(async (folder) => {
    const flagsOf = (index: number): string[] => [
      `--path=${join(folder, `${index}`)}`,
      `--servers=127.0.0.1:${zooKeeper.port}`,
      '--znode=/a/log',
      '--quorum=2',
      '--ip=127.0.0.1',
    ];
    const others = [1, 2].map((index) => new Running('mesos-log.js', ['replica', ...flagsOf(index)]));
    t.teardown(() => {
      for (const other of others) other.child.kill('SIGKILL');
    });
    for (const other of others) await other.printed(/The replica votes/);
    const [input, output] = [join(folder, 'trace'), join(folder, 'times')];
    await writeFile(input, '10B\n20B\n');
    const [status, { out, err }] = await run(['benchmark', ...flagsOf(0), `--input=${input}`, `--output=${output}`]);
    t.is(status, 0, err);
    t.regex(out, /^Total number of appends: 2\n/);
    for (const { child, exit } of others) {
      child.kill('SIGTERM');
      t.deepEqual(await exit, [0, null]);
    }
  });
});

test('mesos-log says what is wrong with who the replicas are, with a trace, and with where the output is to go', async (t) => {
  await inTemporaryFolder(async (folder) => {
    const port = await freePort();
    const base = [`--path=${join(folder, 'log')}`, '--quorum=1', '--ip=127.0.0.1', `--port=${port}`];
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /either --replicas, or --servers and --znode, say who the replicas are/],
      [['--replicas=127.0.0.1:1', '--servers=127.0.0.1:2181', '--znode=/log'], /either --replicas/],
      [['--servers=127.0.0.1:2181'], /--servers and --znode belong together/],
      [['--replicas=127.0.0.1:x'], /--replicas: .*127\.0\.0\.1:x/],
      [['--replicas=127.0.0.1:1'], /is not among the members/],
      [
        [`--replicas=127.0.0.1:${port},127.0.0.2:1,127.0.0.3:1`, '--no-initialize'],
        /A quorum of 1 is no majority of 3 replicas: use 2/,
      ],
    ];
    for (const [argv, expected] of wrong) {
      const [status, { err }] = await run([
        'replica',
        ...base,
        '--no-initialize',
        ...argv.filter((one) => one !== '--no-initialize'),
      ]);
      t.is(status, 1, err);
      t.regex(err, expected);
    }
    const [input, output] = [join(folder, 'trace'), join(folder, 'times')];
    const measure = ['benchmark', ...base, `--replicas=127.0.0.1:${port}`, `--input=${input}`, `--output=${output}`];
    t.regex((await run(measure))[1].err, /Failed to open the trace file: ENOENT/);
    for (const [text, expected] of [
      ['100B\nten\n', /line 2: Invalid bytes 'ten'/],
      ['33MB\n', /line 1: a log takes up to 32MB at once/],
      ['100\n', /line 1: /],
    ] as const) {
      await writeFile(input, text);
      const [status, { err }] = await run(measure);
      t.is(status, 1);
      t.regex(err, expected);
    }
    await writeFile(input, '1B\n');
    const [status, { err }] = await run([...measure.slice(0, -1), '--output=/']);
    t.is(status, 1);
    t.regex(err, /Failed to open the output file: EISDIR/);
  });
});
