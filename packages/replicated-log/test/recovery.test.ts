import test from 'ava';
import { MemoryNetwork, Runtime, SeededRandom, debugLogger } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { Log, MemoryLogContent, MemoryLogStorage, defaultReplicaId, fixedMembership } from '../src/index.ts';
import type { LogOptions, LogStorage, Membership } from '../src/index.ts';
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
  t.is(runtime.metrics.snapshot()['replicas/strangers_dropped'], 1);
  t.is(await cluster.until(log.writer().start()), 0);
});

/** Five replicas with a log that one of them has written to. */
async function begun(contents: MemoryLogContent[], seed = 1): Promise<Cluster> {
  const cluster = await Cluster.start(5, { storageOf: (index) => new MemoryLogStorage(contents[index]), seed });
  await cluster.until(Promise.all(cluster.members.map(({ log }) => log.recovered())));
  const writer = cluster.at(0).log.writer();
  await cluster.until(writer.start());
  await cluster.until(writer.append(Buffer.from('a')));
  await cluster.until(Promise.all(cluster.members.map(({ log }) => log.reader().catchup())));
  return cluster;
}

const fiveDisks = (): MemoryLogContent[] => [0, 1, 2, 3, 4].map(() => new MemoryLogContent());

/** A replica starts again, and what it warns of is kept. */
async function restart(
  cluster: Cluster,
  index: number,
  storage: LogStorage,
  options: Partial<LogOptions> = {},
): Promise<{ log: Log; warned: string[] }> {
  const { runtime, log } = cluster.at(index);
  await log.close();
  const warned: string[] = [];
  runtime.logger.warn = (message) => warned.push(message);
  return { log: cluster.reopen(index, storage, options), warned };
}

test('a replica that is started with a lesser quorum than its log has neither writes nor reads, and says what differs', async (t) => {
  const contents = fiveDisks();
  await using cluster = await begun(contents);
  for (const index of [0, 1, 2, 3]) await cluster.at(index).log.close();
  // Alone, as it seems to itself: a quorum of one would be enough for it to write.
  const alone = `${defaultReplicaId}@${cluster.at(4).runtime.address}`;
  const members: Membership = { members: () => new Set([alone]), changed: () => () => undefined };
  const { log, warned } = await restart(cluster, 4, new MemoryLogStorage(contents[4]), { quorum: 1, members });
  await t.throwsAsync(cluster.until(log.writer().start({ timeoutMs: 10_000 })), { code: 'LOG_TIMED_OUT' });
  await t.throwsAsync(cluster.until(log.reader().ending({ timeoutMs: 10_000 })), { code: 'LOG_TIMED_OUT' });
  t.regex(warned.join('\n'), /was written with a quorum of 3, and this replica is started with one of 1/);
  // The right number, and it is as before.
  const { log: right } = await restart(cluster, 4, new MemoryLogStorage(contents[4]));
  for (const index of [0, 1]) cluster.reopen(index, new MemoryLogStorage(contents[index]));
  t.is(await cluster.until(right.writer().start()), 1);
});

test('a replica that counts with more than the others writes; those that count with fewer are not promised to', async (t) => {
  const contents = fiveDisks();
  await using cluster = await begun(contents);
  const { log, warned } = await restart(cluster, 4, new MemoryLogStorage(contents[4]), { quorum: 4 });
  const writer = log.writer();
  t.is(await cluster.until(writer.start()), 1);
  t.regex(warned.join('\n'), /has a quorum of 3, this replica one of 4: they must be the same/);
  await restart(cluster, 3, new MemoryLogStorage(contents[3]), { quorum: 4 });
  await restart(cluster, 2, new MemoryLogStorage(contents[2]), { quorum: 4 });
  // Only two are left that count with three.
  t.is(await cluster.until(cluster.at(0).log.writer().start()), 'lost');
  t.is(await cluster.until(writer.append(Buffer.from('b'))), 2);
});

test('the quorum is lowered replica by replica, when those that were taken away are gone', async (t) => {
  const contents = fiveDisks();
  await using cluster = await begun(contents);
  // One entry is on a quorum of disks of which two are taken away, and one of those that stay.
  const writer = cluster.at(0).log.writer();
  for (const index of [1, 2]) await cluster.at(index).log.close();
  await cluster.until(writer.start());
  t.is(await cluster.until(writer.append(Buffer.from('b'))), 2);
  for (const index of [3, 4]) await cluster.at(index).log.close();
  for (const index of [1, 2]) cluster.reopen(index, new MemoryLogStorage(contents[index]));
  const staying = [0, 1, 2].map((index) => `${defaultReplicaId}@${cluster.at(index).runtime.address}`);
  for (const index of [1, 2]) {
    const { log } = await restart(cluster, index, new MemoryLogStorage(contents[index]), {
      quorum: 2,
      members: fixedMembership(staying),
    });
    await cluster.until(log.recovered());
  }
  // The one that had the entry is away: the other two have learned it before they counted with two.
  await cluster.at(0).log.close();
  t.is(await cluster.until(cluster.at(1).log.writer().start()), 2);
  const entries = await cluster.until(cluster.at(1).log.reader().read(0, 2));
  t.deepEqual(
    entries.map(({ data }) => text(data)),
    ['a', 'b'],
  );
});

test('while there are more replicas than the quorum is a majority of, a writer that was elected before acknowledges nothing', async (t) => {
  let members: ReadonlySet<string> = new Set();
  await using cluster = await Cluster.start(3, { members: { members: () => members, changed: () => () => undefined } });
  const three = cluster.members.map(({ runtime }) => `${defaultReplicaId}@${runtime.address}`);
  members = new Set(three);
  const warned: string[] = [];
  cluster.at(0).runtime.logger.warn = (message) => warned.push(message);
  const writer = cluster.at(0).log.writer();
  await cluster.until(writer.start());
  members = new Set([...three, 'log-replica(1)@10.9.9.9:5050']);
  let position: unknown;
  void writer.append(Buffer.from('a')).then((answer) => (position = answer));
  await cluster.clock.advance(10_000);
  t.is(position, undefined);
  t.regex(warned.join('\n'), /2 of 4 replicas are no majority/);
  members = new Set(three);
  await cluster.clock.advance(2_000);
  t.is(position, 1);
});

test('all replicas of a log that begins have one id for it, and keep it', async (t) => {
  const contents = fiveDisks();
  await using cluster = await begun(contents);
  const ids = new Set(contents.map(({ metadata }) => metadata.log));
  t.is(ids.size, 1);
  t.regex([...ids].join(), /^[0-9a-f-]{36}$/);
  // One that has lost its disk learns it.
  const empty = new MemoryLogContent();
  const { log } = await restart(cluster, 3, new MemoryLogStorage(empty));
  await cluster.until(log.recovered());
  t.true(ids.has(empty.metadata.log));
});

test('a log that has no id is given one by its first writer, and a replica that was away takes it over', async (t) => {
  const contents = [0, 1, 2].map(() => {
    const content = new MemoryLogContent();
    // As `mesos-log initialize` leaves it, and as disks are that are older than ids.
    content.metadata = { status: 'VOTING', promised: 0 };
    return content;
  });
  await using cluster = await Cluster.start(3, { storageOf: (index) => new MemoryLogStorage(contents[index]) });
  await cluster.at(2).log.close();
  const writer = cluster.at(0).log.writer();
  t.is(await cluster.until(writer.start()), 0);
  t.is(await cluster.until(writer.append(Buffer.from('a'))), 1);
  const id = contents[0]?.metadata.log;
  t.not(id, undefined);
  t.is(contents[1]?.metadata.log, id);
  t.is(contents[2]?.metadata.log, undefined);
  const back = cluster.reopen(2, new MemoryLogStorage(contents[2]));
  t.is(await cluster.until(back.reader().catchup()), 1);
  t.is(contents[2]?.metadata.log, id);
});

test('a replica with the disk of another log is not counted, ends among a quorum of others, and says what to do', async (t) => {
  const contents = fiveDisks();
  await using cluster = await begun(contents);
  const strange = fiveDisks();
  await using other = await begun(strange, 2);
  await other.at(4).log.close();
  await cluster.at(3).log.close();
  const { log } = await restart(cluster, 4, new MemoryLogStorage(strange[4]));
  const warned: string[] = [];
  cluster.at(0).runtime.logger.warn = (message) => warned.push(message);
  const writer = cluster.at(0).log.writer();
  t.is(await cluster.until(writer.start()), 1);
  await t.throwsAsync(cluster.until(log.reader().catchup()), {
    code: 'LOG_FOREIGN',
    message: /3 of 5 members are replicas of the log .*give this replica a directory of its own/,
  });
  t.regex(warned.join('\n'), /is a replica of the log .*they do not count each other/);
  // It was none of a quorum: without one more of them nothing is written.
  await cluster.at(2).log.close();
  t.is(await cluster.until(cluster.at(0).log.writer().start()), 'lost');
  const empty = cluster.reopen(4, new MemoryLogStorage());
  cluster.reopen(2, new MemoryLogStorage(contents[2]));
  await cluster.until(empty.recovered());
  t.is(await cluster.until(empty.reader().catchup()), 1);
});

/** What a disk has, on another one. */
function copyOf(content: MemoryLogContent): MemoryLogContent {
  const copy = new MemoryLogContent();
  copy.metadata = content.metadata;
  copy.begin = content.begin;
  copy.end = content.end;
  for (const [position, action] of content.actions) copy.actions.set(position, action);
  for (const { from, to } of content.learned.within()) copy.learned.add(from, to);
  return copy;
}

const disksThatForget: Record<string, (before: MemoryLogContent) => MemoryLogContent> = {
  'with an older copy of its disk': (before) => before,
  'that was initialised by hand on an empty disk, and was in use': (before) => {
    const content = new MemoryLogContent();
    content.metadata = { status: 'VOTING', promised: 0, quorum: before.metadata.quorum ?? 0 };
    return content;
  },
};

for (const [what, diskOf] of Object.entries(disksThatForget)) {
  test(`a replica ${what} ends before what it has acknowledged is lost, and learns the log with an empty one`, async (t) => {
    const contents = [0, 1, 2].map(() => new MemoryLogContent());
    await using cluster = await Cluster.start(3, { storageOf: (index) => new MemoryLogStorage(contents[index]) });
    const writer = cluster.at(0).log.writer();
    await cluster.until(writer.start());
    t.is(await cluster.until(writer.append(Buffer.from('a'))), 1);
    const [, , third] = contents;
    if (third === undefined) return;
    await cluster.until(cluster.at(2).log.reader().catchup());
    const before = copyOf(third);
    // Only the first and the third know of this one.
    await cluster.at(1).log.close();
    t.is(await cluster.until(writer.append(Buffer.from('b'))), 2);
    await cluster.at(2).log.close();

    const { clock } = cluster;
    const outdated = cluster.reopen(2, new MemoryLogStorage(diskOf(before)));
    await clock.settle();
    await t.throwsAsync(cluster.until(outdated.reader().catchup()), {
      code: 'LOG_OUTDATED',
      message: /has positions up to 2 .*Give it an empty directory/,
    });
    await cluster.at(0).log.close();
    // One that was away and nobody who remembers are no quorum: nothing is decided anew.
    const away = cluster.reopen(1, new MemoryLogStorage(contents[1]));
    t.is(
      await cluster.until(
        away
          .writer()
          .start({ timeoutMs: 20_000 })
          .catch(() => 'lost'),
      ),
      'lost',
    );

    cluster.reopen(0, new MemoryLogStorage(contents[0]));
    const empty = cluster.reopen(2, new MemoryLogStorage());
    await cluster.until(empty.recovered());
    await cluster.until(empty.reader().catchup());
    const entries = await cluster.until(empty.reader().read(1, 2));
    t.deepEqual(
      entries.map(({ data }) => text(data)),
      ['a', 'b'],
    );
  });
}

test('replicas of another log that are no quorum have nobody end, and nothing of theirs is read', async (t) => {
  const contents = fiveDisks();
  await using cluster = await begun(contents);
  const strange = fiveDisks();
  await using other = await begun(strange, 2);
  const stranger = other.at(0).log.writer();
  await other.until(stranger.start());
  for (let count = 0; count < 10; count++) await other.until(stranger.append(Buffer.from('strange')));
  for (const { log } of other.members) await other.until(log.reader().catchup());
  for (const index of [3, 4]) {
    await other.at(index).log.close();
    await restart(cluster, index, new MemoryLogStorage(strange[index]));
  }
  // One of the three others has lost its disk: it learns from the two that are left as soon as a third one of the log is there.
  const { log: lost, warned } = await restart(cluster, 2, new MemoryLogStorage());
  await t.throwsAsync(cluster.until(lost.recovered({ timeoutMs: 10_000 })), { code: 'LOG_TIMED_OUT' });
  t.regex(warned.join('\n'), /replicas of 2 logs .* none of these has a quorum of 3/);
  const { log: third } = await restart(cluster, 3, new MemoryLogStorage(contents[3]));
  await cluster.until(lost.recovered());
  t.is(await cluster.until(third.writer().start()), 1);
  t.deepEqual(
    (await cluster.until(third.reader().read(0, 1))).map(({ data }) => text(data)),
    ['a'],
  );
});

test('no log begins, and nobody is elected, before it is known who is there', async (t) => {
  const clock = new TestClock();
  await using runtime = await new Runtime({
    clock,
    random: new SeededRandom(1),
    transport: new MemoryNetwork().transport(),
  }).start();
  let isKnown = false;
  const self = `${defaultReplicaId}@${runtime.address}`;
  const members: Membership = {
    members: () => new Set([self]),
    isKnown: () => isKnown,
    changed: () => () => undefined,
  };
  const content = new MemoryLogContent();
  const log = Log.open({ runtime, storage: new MemoryLogStorage(content), quorum: 1, members, autoInitialize: true });
  await clock.advance(10_000);
  t.is(content.metadata.status, 'EMPTY');
  isKnown = true;
  await clock.advance(2_000);
  t.is(content.metadata.status, 'VOTING');
  isKnown = false;
  t.is(await log.writer().start(), 'lost');
  isKnown = true;
  t.is(await log.writer().start(), 0);
});

test('one replica becomes three: the second one is initialised by hand, on a disk that was never in use', async (t) => {
  const contents = [0, 1, 2].map(() => new MemoryLogContent());
  const [first, second] = contents;
  await using cluster = await Cluster.start(3, { storageOf: (index) => new MemoryLogStorage(contents[index]) });
  const members = (count: number): Membership =>
    fixedMembership(cluster.members.slice(0, count).map(({ runtime }) => `${defaultReplicaId}@${runtime.address}`));
  for (const { log } of cluster.members) await log.close();
  for (const content of contents) content.metadata = new MemoryLogContent().metadata;
  const alone = cluster.reopen(0, new MemoryLogStorage(first), { quorum: 1, members: members(1) });
  const writer = alone.writer();
  await cluster.until(writer.start());
  t.is(await cluster.until(writer.append(Buffer.from('a'))), 1);
  await alone.close();

  if (second !== undefined) second.metadata = { status: 'VOTING', promised: 0 };
  const two = { quorum: 2, members: members(2) };
  const one = cluster.reopen(0, new MemoryLogStorage(first), two);
  const other = cluster.reopen(1, new MemoryLogStorage(second), two);
  t.is(await cluster.until(other.writer().start()), 1);
  t.is(second?.metadata.log, first?.metadata.log);
  await one.close();
  await other.close();

  const logs = contents.map((content, index) => cluster.reopen(index, new MemoryLogStorage(content)));
  const third = logs[2] ?? one;
  await cluster.until(third.recovered());
  await cluster.at(0).log.close();
  t.is(await cluster.until(third.writer().start()), 1);
  const entries = await cluster.until(third.reader().read(0, 1));
  t.deepEqual(
    entries.map(({ data }) => text(data)),
    ['a'],
  );
});

test('one of several that is empty and told a lesser quorum does not begin a log of its own', async (t) => {
  await using cluster = await Cluster.start(3);
  await cluster.until(cluster.at(0).log.recovered());
  const all = new Set(cluster.members.map(({ runtime }) => `${defaultReplicaId}@${runtime.address}`));
  const members: Membership = { members: () => all, changed: () => () => undefined };
  const content = new MemoryLogContent();
  const { log, warned } = await restart(cluster, 2, new MemoryLogStorage(content), { quorum: 1, members });
  await t.throwsAsync(cluster.until(log.recovered({ timeoutMs: 10_000 })), { code: 'LOG_TIMED_OUT' });
  // It has learned the log of the others, and counts as they do.
  t.is(content.metadata.quorum, 2);
  t.regex(warned.join('\n'), /has a quorum of 2, this replica one of 1: they must be the same/);
});

test('with more replicas than the quorum is a majority of nobody is elected, until one of them is gone', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const warned: string[] = [];
  const logger = { ...debugLogger(), warn: (message: string) => warned.push(message) };
  await using runtime = await new Runtime({
    clock,
    random: new SeededRandom(1),
    transport: network.transport(),
    logger,
  }).start();
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
