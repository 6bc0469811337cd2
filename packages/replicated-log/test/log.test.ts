import test from 'ava';
import { MemoryNetwork, Process, Runtime } from '@mesos-ts/libprocess';
import type { ExitReason, PID } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import { Log, LogError, MemoryLogStorage, fixedMembership } from '../src/index.ts';
import type { LogStorage } from '../src/index.ts';
import { Cluster, text } from './support/cluster.ts';

test('what is appended is read back by every replica that has caught up, at the positions that were answered', async (t) => {
  await using cluster = await Cluster.start(3);
  const { log } = cluster.at(0);
  const writer = log.writer();
  // Position 0 is filled with nothing by the first election.
  t.is(await cluster.until(writer.start()), 0);
  t.deepEqual(
    await cluster.until(Promise.all(['a', 'b', 'c'].map((word) => writer.append(Buffer.from(word))))),
    [1, 2, 3],
  );
  for (const member of cluster.members) {
    const reader = member.log.reader();
    t.is(await cluster.until(reader.catchup()), 3);
    t.is(await reader.beginning(), 0);
    t.is(await reader.ending(), 3);
    const entries = await cluster.until(reader.read(0, 3));
    t.deepEqual(
      entries.map(({ position, data }) => [position, text(data)]),
      [
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ],
    );
  }
});

test('a writer that another has demoted is answered so, is told, and can be started again', async (t) => {
  await using cluster = await Cluster.start(3);
  const [one, other] = [cluster.at(0).log.writer(), cluster.at(1).log.writer()];
  await cluster.until(one.start());
  const demoted = one.demoted();
  t.is(await cluster.until(one.append(Buffer.from('one'))), 1);
  t.is(await cluster.until(other.start()), 1);
  await cluster.until(demoted);
  t.is(await cluster.until(one.append(Buffer.from('late'))), 'demoted');
  t.is(await cluster.until(other.append(Buffer.from('other'))), 2);
  t.is(await cluster.until(one.start()), 2);
  t.is(await cluster.until(one.append(Buffer.from('again'))), 3);
  t.is(await cluster.until(other.truncate(1)), 'demoted');
});

test('a truncated position cannot be read any more, and the log begins behind it', async (t) => {
  await using cluster = await Cluster.start(3);
  const { log } = cluster.at(0);
  const [writer, reader] = [log.writer(), log.reader()];
  await cluster.until(writer.start());
  for (const word of ['a', 'b', 'c']) await cluster.until(writer.append(Buffer.from(word)));
  t.is(await cluster.until(writer.truncate(3)), 4);
  t.is(await reader.beginning(), 3);
  await t.throwsAsync(reader.read(2, 3), { instanceOf: LogError, code: 'LOG_POSITION_TRUNCATED' });
  t.deepEqual(
    (await cluster.until(reader.read(3, 4))).map(({ data }) => text(data)),
    ['c'],
  );
  await t.throwsAsync(cluster.until(writer.truncate(6)), { code: 'LOG_POSITION_INVALID' });
  t.is(await cluster.until(writer.truncate(5)), 5, 'a log can be truncated up to the truncation itself');
});

test('a reader says what is wrong with a range', async (t) => {
  await using cluster = await Cluster.start(3);
  const { log } = cluster.at(0);
  await cluster.until(log.writer().start());
  const reader = log.reader();
  await t.throwsAsync(reader.read(1, 0), { code: 'LOG_POSITION_INVALID' });
  await t.throwsAsync(reader.read(-1, 0), { code: 'LOG_POSITION_INVALID' });
  await t.throwsAsync(reader.read(0, 0.5), { code: 'LOG_POSITION_INVALID' });
  await t.throwsAsync(reader.read(0, 1), { code: 'LOG_POSITION_UNLEARNED' });
  t.deepEqual(await cluster.until(reader.read(0, 0)), []);
});

test('a writer that was never started is told so; entries beyond the bounds are refused', async (t) => {
  await using cluster = await Cluster.start(1, { bounds: { entryBytes: 4, outstandingEntries: 2 } });
  const writer = cluster.at(0).log.writer();
  await t.throwsAsync(writer.append(Buffer.from('a')), { code: 'LOG_NOT_STARTED' });
  await cluster.until(writer.start());
  await t.throwsAsync(cluster.until(writer.append(Buffer.from('abcde'))), { code: 'LOG_TOO_LARGE' });
  const answers = Promise.allSettled(['a', 'b', 'c'].map((word) => writer.append(Buffer.from(word))));
  t.deepEqual(
    (await cluster.until(answers)).map((answer) =>
      answer.status === 'fulfilled' ? answer.value : (answer.reason as LogError).code,
    ),
    [1, 2, 'LOG_OVERLOADED'],
  );
});

test('what is no position or no entry is refused, and harms neither the replica nor the writer', async (t) => {
  await using cluster = await Cluster.start(3);
  const writer = cluster.at(0).log.writer();
  await cluster.until(writer.start());
  for (const to of [-1, 0.5, 1.5, Number.NaN, Infinity, '1' as unknown as number, undefined as unknown as number]) {
    await t.throwsAsync(cluster.until(writer.truncate(to)), { code: 'LOG_POSITION_INVALID' }, String(to));
  }
  for (const entry of ['text', undefined, null, 5, [1]] as unknown as Uint8Array[]) {
    await t.throwsAsync(cluster.until(writer.append(entry)), { instanceOf: TypeError });
  }
  t.is(await cluster.until(writer.append(new Uint8Array())), 1);
  t.is(await cluster.until(writer.truncate(0)), 2);
  const reader = cluster.at(1).log.reader();
  t.is(await cluster.until(reader.catchup()), 2);
  t.deepEqual(
    (await cluster.until(reader.read(0, 2))).map(({ position, data }) => [position, data.length]),
    [[1, 0]],
  );
});

test('of two writers of one replica the one that was started last writes, whatever they do at the same moment', async (t) => {
  await using cluster = await Cluster.start(3);
  const { log } = cluster.at(0);
  const [one, other] = [log.writer(), log.writer()];
  await cluster.until(one.start());
  const under = one.append(Buffer.from('one'));
  const started = other.start();
  t.not(await cluster.until(started), 'lost');
  await cluster.until(one.demoted());
  t.is(await cluster.until(one.append(Buffer.from('late'))), 'demoted');
  const position = await cluster.until(other.append(Buffer.from('other')));
  const outcome = await cluster.until(under);
  t.is(typeof position, 'number');
  const entries = await cluster.until(log.reader().read(0, Number(position)));
  // What was under way is there if it was acknowledged, and may be there if it was not.
  t.deepEqual(entries.map(({ data }) => text(data)).slice(-1), ['other']);
  if (outcome !== 'demoted') t.is(text(entries[0]?.data ?? Buffer.of()), 'one');
  t.true((await cluster.until(Promise.all([one.start(), other.start()]))).some((each) => each !== 'lost'));
});

test('readers of a replica without a vote wait for it, as long as they are told to', async (t) => {
  await using cluster = await Cluster.start(1, { autoInitialize: false });
  const reader = cluster.at(0).log.reader();
  const controller = new AbortController();
  for (const name of ['beginning', 'ending', 'catchup'] as const) {
    await t.throwsAsync(cluster.until(reader[name]({ timeoutMs: 500 })), { code: 'LOG_TIMED_OUT' }, name);
  }
  const waiting = reader.catchup({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await t.throwsAsync(cluster.until(waiting), { message: 'enough' });
  await t.throwsAsync(cluster.until(reader.read(0, 0)), { code: 'LOG_POSITION_UNLEARNED' });
});

test('a call that waits for a quorum gives up when its time is over', async (t) => {
  await using cluster = await Cluster.start(3);
  await cluster.until(cluster.at(0).log.recovered());
  await cluster.at(1).log.close();
  await cluster.at(2).log.close();
  const reader = cluster.at(0).log.reader();
  await t.throwsAsync(cluster.until(reader.catchup({ timeoutMs: 500 })), { code: 'LOG_TIMED_OUT' });
  t.is(await cluster.until(cluster.at(0).log.writer().start()), 'lost');
});

test('a closed log answers nothing more, and what was outstanding is told', async (t) => {
  await using cluster = await Cluster.start(3);
  const { log } = cluster.at(0);
  const writer = log.writer();
  await cluster.until(writer.start());
  await cluster.at(1).log.close();
  await cluster.at(2).log.close();
  const append = writer.append(Buffer.from('a'));
  const demoted = writer.demoted();
  await cluster.clock.settle();
  await log.close();
  await t.throwsAsync(append, { instanceOf: LogError, code: 'LOG_CLOSED' });
  await demoted;
  await t.throwsAsync(log.reader().ending(), { instanceOf: LogError, code: 'LOG_CLOSED' });
  await t.throwsAsync(writer.append(Buffer.from('b')), { code: 'LOG_CLOSED' });
});

/** A disk that fails when it is told to. */
class FailingStorage implements LogStorage {
  readonly #storage = new MemoryLogStorage();
  isBroken = false;
  recover = (): ReturnType<LogStorage['recover']> => this.#storage.recover();
  persist: LogStorage['persist'] = (write) =>
    this.isBroken ? Promise.reject(new LogError('LOG_STORAGE_FAILED', 'no space left')) : this.#storage.persist(write);
  read: LogStorage['read'] = (from, to, bytesMax) => this.#storage.read(from, to, bytesMax);
  close = (): Promise<void> => this.#storage.close();
}

class Linker extends Process {
  readonly #to: PID;
  heard: ExitReason | undefined;
  constructor(to: PID) {
    super();
    this.#to = to;
  }
  protected override initialize(): void {
    this.link(this.#to);
  }
  protected override exited(_pid: PID, reason: ExitReason): void {
    this.heard = reason;
  }
}

test('a replica whose disk fails acknowledges nothing and ends, and who is linked to it hears of that', async (t) => {
  const disks = [new FailingStorage(), new FailingStorage(), new FailingStorage()];
  await using cluster = await Cluster.start(3, { storageOf: (index) => disks[index] ?? new MemoryLogStorage() });
  const { log, runtime } = cluster.at(0);
  const writer = log.writer();
  await cluster.until(writer.start());
  const linker = new Linker(log.pid);
  runtime.spawn(linker);
  for (const [index, disk] of disks.entries()) disk.isBroken = index < 2;
  const append = writer.append(Buffer.from('a'));
  await t.throwsAsync(cluster.until(append), { instanceOf: LogError, code: 'LOG_STORAGE_FAILED' });
  t.true(await cluster.until(runtime.wait(log.pid)));
  await cluster.clock.settle();
  t.is(linker.heard?.type, 'failed');
  await t.throwsAsync(writer.append(Buffer.from('b')), { code: 'LOG_STORAGE_FAILED' });
});

test('a replica whose disk is found to be damaged when it is read serves nothing more, and ends', async (t) => {
  const disk = new MemoryLogStorage();
  await using cluster = await Cluster.start(1, { storageOf: () => disk });
  const { log, runtime } = cluster.at(0);
  const writer = log.writer();
  await cluster.until(writer.start());
  await cluster.until(writer.append(Buffer.from('a')));
  disk.read = () => Promise.reject(new LogError('LOG_CORRUPT', 'position 1 fails its checksum'));
  const reader = log.reader();
  await t.throwsAsync(cluster.until(reader.read(0, 1)), { code: 'LOG_CORRUPT' });
  t.true(await cluster.until(runtime.wait(log.pid)));
  await t.throwsAsync(writer.append(Buffer.from('b')), { code: 'LOG_CORRUPT' });
});

test('options that make no sense are refused', async (t) => {
  await using runtime = await new Runtime({ transport: new MemoryNetwork().transport() }).start();
  const storage = new MemoryLogStorage();
  const open = (quorum: number, pids: string[]): Log =>
    Log.open({ runtime, storage, quorum, members: fixedMembership(pids) });
  const self = `log-replica(1)@${runtime.address}`;
  t.throws(() => open(0, [self]), { code: 'LOG_OPTION_INVALID' });
  t.throws(() => open(1, [self, 'b', 'c']), { code: 'LOG_OPTION_INVALID', message: /use 2/ });
  t.throws(() => open(4, [self, 'b', 'c']), { code: 'LOG_OPTION_INVALID' });
  t.throws(() => open(2, ['a', 'b', 'c']), { code: 'LOG_OPTION_INVALID', message: /not among the members/ });
});

test('a disk that cannot be opened is told by opened and by every call', async (t) => {
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  const storage = new MemoryLogStorage();
  storage.recover = () => Promise.reject(new LogError('LOG_CORRUPT', 'the disk is damaged'));
  const log = Log.open({ runtime, storage, quorum: 1 });
  await t.throwsAsync(log.opened(), { code: 'LOG_CORRUPT' });
  await t.throwsAsync(log.reader().beginning(), { code: 'LOG_CORRUPT' });
  await t.throwsAsync(log.writer().start(), { code: 'LOG_CORRUPT' });
});
