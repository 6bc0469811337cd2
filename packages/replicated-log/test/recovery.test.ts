import test from 'ava';
import { MemoryNetwork, Runtime, debugLogger } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { Log, MemoryLogContent, MemoryLogStorage, defaultReplicaId } from '../src/index.ts';
import type { Membership } from '../src/index.ts';
import type { FetchResponse } from '../src/protocol/message.ts';
import { Cluster, text } from './support/cluster.ts';

const messageBytes = 10_000;

/** The entries of each answer of one replica to another that catches up. */
function watchFetches(cluster: Cluster, index: number): number[] {
  const sizes: number[] = [];
  cluster.at(index).runtime.filter((_to, event) => {
    if (event.type === 'message' && event.name === 'log.fetched') {
      // The mailbox has what the network brought; the check of the message comes later.
      const { actions } = event.body as FetchResponse;
      sizes.push(actions.reduce((sum, { value }) => sum + (value.type === 'append' ? value.bytes.length : 0), 0));
    }
    return false;
  });
  return sizes;
}

test('a replica that has lost its disk has all entries when it votes again, in pieces of a bounded size', async (t) => {
  const entries = 3_000;
  await using cluster = await Cluster.start(3, { bounds: { messageBytes } });
  const writer = cluster.at(0).log.writer();
  await cluster.until(writer.start());
  const bytes = Buffer.alloc(100, 'x');
  await cluster.until(Promise.all(Array.from({ length: entries }, () => writer.append(bytes))));

  await cluster.at(2).log.close();
  const sizes = watchFetches(cluster, 2);
  const log = cluster.reopen(2, new MemoryLogStorage());
  await cluster.until(log.recovered());

  t.is((await cluster.until(log.reader().read(0, entries))).length, entries);
  t.true(sizes.length >= (entries * bytes.length) / messageBytes, `${sizes.length} pieces`);
  t.true(Math.max(...sizes) <= messageBytes + bytes.length, `${Math.max(...sizes)} bytes at once`);
  // It counts again: with it and one other there is a quorum.
  await cluster.at(1).log.close();
  t.is(await cluster.until(writer.append(bytes)), entries + 1);
});

test('a replica that is closed and opened again has what it had', async (t) => {
  const contents = [0, 1, 2].map(() => new MemoryLogContent());
  await using cluster = await Cluster.start(3, { storageOf: (index) => new MemoryLogStorage(contents[index]) });
  const writer = cluster.at(0).log.writer();
  await cluster.until(writer.start());
  t.is(await cluster.until(writer.append(Buffer.from('a'))), 1);
  for (const { log } of cluster.members) await log.close();
  for (const [index, content] of contents.entries()) cluster.reopen(index, new MemoryLogStorage(content));
  const reader = cluster.at(0).log.reader();
  t.is(await cluster.until(reader.ending()), 1);
  t.deepEqual(
    (await cluster.until(reader.read(0, 1))).map(({ data }) => text(data)),
    ['a'],
  );
  const again = cluster.at(1).log.writer();
  t.is(await cluster.until(again.start()), 1);
  t.is(await cluster.until(again.append(Buffer.from('b'))), 2);
});

test('when all disks are lost and the log is not initialised by itself, nothing begins anew', async (t) => {
  await using cluster = await Cluster.start(3, { autoInitialize: false });
  await t.throwsAsync(cluster.until(cluster.at(0).log.recovered({ timeoutMs: 10_000 })), { code: 'LOG_TIMED_OUT' });
});

test('a log whose disks were initialised by hand begins', async (t) => {
  const contents = [0, 1, 2].map(() => {
    const content = new MemoryLogContent();
    content.metadata = { status: 'VOTING', promised: 0 };
    return content;
  });
  await using cluster = await Cluster.start(3, {
    autoInitialize: false,
    storageOf: (index) => new MemoryLogStorage(contents[index]),
  });
  t.is(await cluster.until(cluster.at(0).log.writer().start()), 0);
});

test('replicas that disagree about the quorum do not begin a log, and say so', async (t) => {
  await using cluster = await Cluster.start(5);
  const warned: string[] = [];
  const { runtime, log } = cluster.at(4);
  await log.close();
  runtime.logger.warn = (message) => warned.push(message);
  // It takes four of five for a quorum.
  const other = cluster.reopen(4, new MemoryLogStorage(), { quorum: 4 });
  await t.throwsAsync(cluster.until(other.recovered({ timeoutMs: 10_000 })), { code: 'LOG_TIMED_OUT' });
  t.regex(warned.join('\n'), /has a quorum of 3, this replica one of 4/);
});

test('what others than members say is dropped and counted', async (t) => {
  await using cluster = await Cluster.start(3);
  await cluster.until(cluster.at(0).log.recovered());
  const { runtime, log } = cluster.at(0);
  runtime.send(log.pid, 'log.promise', { type: 'log.promise', id: 1, proposal: 1_000 });
  await cluster.clock.settle();
  t.is(runtime.metrics.snapshot()['log/strangers_dropped'], 1);
  t.is(await cluster.until(log.writer().start()), 0);
});

test('replicas that have come to disagree about the quorum elect nobody who could not be sure of it, and say so', async (t) => {
  const contents = [0, 1, 2, 3, 4].map(() => new MemoryLogContent());
  await using cluster = await Cluster.start(5, { storageOf: (index) => new MemoryLogStorage(contents[index]) });
  await cluster.until(Promise.all(cluster.members.map(({ log }) => log.recovered())));
  const { runtime, log } = cluster.at(4);
  await log.close();
  const warned: string[] = [];
  runtime.logger.warn = (message) => warned.push(message);
  const other = cluster.reopen(4, new MemoryLogStorage(contents[4]), { quorum: 4 });
  t.is(await cluster.until(other.writer().start()), 'lost');
  t.regex(warned.join('\n'), /has a quorum of 3, this replica one of 4/);
});

test('with more replicas than the quorum is a majority of nobody is elected, until one of them is gone', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const warned: string[] = [];
  const logger = { ...debugLogger(), warn: (message: string) => warned.push(message) };
  await using runtime = await new Runtime({ clock, transport: network.transport(), logger }).start();
  const self = `${defaultReplicaId}@${runtime.address}`;
  let found = new Set([self, 'log-replica(1)@10.9.9.9:5050']);
  // A group of an election service, which does not know how many there should be.
  const members: Membership = { members: () => found, changed: () => () => undefined };
  const content = new MemoryLogContent();
  content.metadata = { status: 'VOTING', promised: 0 };
  const log = Log.open({ runtime, storage: new MemoryLogStorage(content), quorum: 1, members });
  const writer = log.writer();
  t.is(await writer.start(), 'lost');
  t.regex(warned.join('\n'), /1 of 2 replicas are no majority/);
  found = new Set([self]);
  t.is(await writer.start(), 0);
});
