import { LogError } from '../errors.ts';
import type { Action } from '../protocol/action.ts';
import type { LogStorage, LogWrite, RecoveredLog } from '../storage/log-storage.ts';
import type { SuiteAssertions, SuiteTest } from '@mesos-ts/libprocess/testing';

/** Options of `logStorageSuite`. */
export interface LogStorageSuiteOptions {
  /** What the tests' titles begin with. */
  readonly name: string;
  /** Called by each test with what it does with an empty place for a log. `open` gives a storage for it: the next one after the last was closed. */
  readonly use: (work: (open: () => LogStorage) => Promise<void>) => Promise<void>;
}

const entry = (position: number, text = `entry ${position}`, promised = 1): Action => ({
  position,
  promised,
  performed: promised,
  value: { type: 'append', bytes: Buffer.from(text) },
});

/** Declares what every `LogStorage` must do, as tests. What becomes of a log when its disk fails cannot be tested from here. */
export function logStorageSuite(test: SuiteTest, { name, use }: LogStorageSuiteOptions): void {
  const declare = (title: string, run: (t: SuiteAssertions, open: () => LogStorage) => Promise<void>): void => {
    test(`${name}: ${title}`, (t) => use((open) => run(t, open)));
  };

  declare('a place without a log has an EMPTY one, and still has after it was opened', async (t, open) => {
    for (let life = 0; life < 2; life++) {
      const { log, storage } = await opened(open);
      t.deepEqual(log, { metadata: { status: 'EMPTY', promised: 0 }, begin: 0, end: 0, learned: [], unlearned: [] });
      t.deepEqual(await read(storage, 0, 100), []);
      await storage.close();
    }
  });

  declare('metadata is what was written last', async (t, open) => {
    const fences = { 'log-replica(1)@10.0.0.1:5050': 3, ä: Number.MAX_SAFE_INTEGER };
    const metadata = { status: 'VOTING', promised: Number.MAX_SAFE_INTEGER, incarnation: 2, fences } as const;
    const log = await written(open, { metadata: { status: 'STARTING', promised: 1 } }, { metadata });
    t.deepEqual(log.metadata, metadata);
  });

  declare('actions of every kind are read as they were written, at once and after a restart', async (t, open) => {
    const great = Number.MAX_SAFE_INTEGER;
    const actions: Action[] = [
      { position: 0, promised: 7 },
      { position: 1, promised: 7, performed: 0, value: { type: 'nop' } },
      { position: 2, promised: 7, performed: 7, value: { type: 'nop', tombstone: true } },
      { position: 3, promised: great, performed: great - 1, value: { type: 'truncate', to: 3 } },
      entry(4, ''),
      entry(5, 'x'.repeat(100_000)),
      entry(2 ** 40, 'far away'),
    ];
    const { storage } = await opened(open);
    await storage.persist({ actions });
    t.deepEqual(await read(storage, 0, great - 1), actions);
    t.deepEqual(await read(storage, 1, 3), actions.slice(1, 4));
    await storage.close();
    const again = await opened(open);
    t.deepEqual(await read(again.storage, 0, great - 1), actions);
    t.is(again.log.end, 2 ** 40);
    t.deepEqual(again.log.unlearned, [
      { from: 0, to: 5 },
      { from: 2 ** 40, to: 2 ** 40 },
    ]);
    await again.storage.close();
  });

  declare('what is learned is told by intervals, whichever way it was learned', async (t, open) => {
    const log = await written(
      open,
      { actions: [1, 2, 3, 5, 6, 8].map((position) => entry(position)) },
      { learned: [{ from: 2, to: 3 }] },
      { actions: [{ ...entry(5), learned: true }, entry(9)], learned: [{ from: 9, to: 9 }] },
    );
    t.deepEqual(log.learned, [
      { from: 2, to: 3 },
      { from: 5, to: 5 },
      { from: 9, to: 9 },
    ]);
    t.deepEqual(log.unlearned, [
      { from: 1, to: 1 },
      { from: 6, to: 6 },
      { from: 8, to: 8 },
    ]);
    const { storage } = await opened(open);
    await storage.persist({ learned: [{ from: 8, to: 9 }] });
    const marks = (await storage.read(0, 100)).map(({ position, learned = false }) => `${position} ${learned}`);
    t.deepEqual(marks, ['1 false', '2 true', '3 true', '5 true', '6 false', '8 true', '9 true']);
    await storage.close();
    const again = await opened(open);
    t.deepEqual(again.log.learned.at(-1), { from: 8, to: 9 }, 'also what was learned last');
    await again.storage.close();
  });

  declare('an action replaces what was at its position', async (t, open) => {
    const second = entry(1, 'second', 2);
    const log = await written(open, { actions: [entry(1), entry(2)] }, { actions: [second] });
    t.deepEqual(log.unlearned, [{ from: 1, to: 2 }]);
    const { storage } = await opened(open);
    t.deepEqual(await read(storage, 1, 1), [second]);
    const third = entry(1, 'third', 3);
    await storage.persist({ actions: [entry(1, 'never seen'), third], learned: [{ from: 1, to: 1 }] });
    t.deepEqual(await read(storage, 1, 1), [{ ...third, learned: true }]);
    await storage.close();
  });

  declare('a learned truncation moves the beginning, for good, and not back', async (t, open) => {
    const entries = Array.from({ length: 10 }, (_, position) => entry(position));
    const { storage } = await opened(open);
    await storage.persist({ actions: entries, learned: [{ from: 0, to: 9 }] });
    const truncate = { position: 10, promised: 1, performed: 1, value: { type: 'truncate', to: 8 } } as const;
    await storage.persist({ actions: [truncate] });
    t.is((await storage.read(0, 20)).length, 11, 'not before it has been learned');
    await storage.persist({ learned: [{ from: 10, to: 10 }] });
    t.deepEqual(positions(await storage.read(0, 20)), [8, 9, 10]);
    await storage.persist({
      actions: [{ ...truncate, position: 11, value: { type: 'truncate', to: 3 }, learned: true }, entry(2, 'too late')],
    });
    t.deepEqual(positions(await storage.read(0, 20)), [8, 9, 10, 11]);
    await storage.close();
    const { log, storage: again } = await opened(open);
    t.deepEqual([log.begin, log.end, log.learned, log.unlearned], [8, 11, [{ from: 8, to: 11 }], []]);
    t.deepEqual(positions(await again.read(0, 20)), [8, 9, 10, 11]);
    await again.close();
  });

  declare('a learned tombstone truncates everything up to itself', async (t, open) => {
    const tombstone: Action = { position: 3, promised: 1, performed: 1, value: { type: 'nop', tombstone: true } };
    const log = await written(
      open,
      { actions: [0, 1, 2].map((position) => entry(position)) },
      { actions: [{ ...tombstone, learned: true }] },
    );
    t.deepEqual(log, { metadata: { status: 'EMPTY', promised: 0 }, begin: 4, end: 3, learned: [], unlearned: [] });
    const { storage } = await opened(open);
    t.deepEqual(await read(storage, 0, 10), []);
    await storage.persist({ actions: [entry(4)] });
    t.deepEqual(positions(await storage.read(0, 10)), [4]);
    await storage.close();
  });

  declare('a write that makes no sense is refused as a whole, and changes nothing', async (t, open) => {
    const { storage } = await opened(open);
    await storage.persist({ actions: [entry(1), { position: 2, promised: 1 }] });
    const good = entry(3);
    const wrong: LogWrite[] = [
      { actions: [good, { position: -1, promised: 1 }] },
      { actions: [good, { position: 1.5, promised: 1 }] },
      { actions: [good, { position: 4, promised: Number.NaN }] },
      { actions: [good, { position: 4, promised: 1, performed: 1 }] },
      { actions: [good, { position: 4, promised: 1, value: { type: 'nop' } }] },
      { actions: [good, { position: 4, promised: 1, learned: true }] },
      { actions: [good, { position: 4, promised: 1, performed: 1, value: { type: 'truncate', to: 5 } }] },
      { actions: [good], learned: [{ from: 3, to: 4 }] },
      { actions: [good], learned: [{ from: 2, to: 2 }] },
      { actions: [good], learned: [{ from: 3, to: 2 }] },
      { actions: [good], learned: [{ from: -1, to: 1 }] },
    ];
    for (const write of wrong) t.is(await code(storage.persist(write)), 'LOG_POSITION_INVALID', JSON.stringify(write));
    t.deepEqual(positions(await storage.read(0, 10)), [1, 2]);
    await storage.persist({ actions: [good] });
    await storage.close();
    const again = await opened(open);
    t.deepEqual(positions(await again.storage.read(0, 10)), [1, 2, 3]);
    await again.storage.close();
  });

  declare('writes that overlap take effect, and resolve, in the order of their calls', async (t, open) => {
    const { storage } = await opened(open);
    const order: number[] = [];
    const writes = Array.from({ length: 50 }, (_, number) => {
      const write: LogWrite =
        number % 3 === 2
          ? { learned: [{ from: number - 1, to: number - 1 }] }
          : { actions: [entry(number), entry(100, `${number}`)] };
      return storage.persist(write).then(() => order.push(number));
    });
    await Promise.all(writes);
    t.deepEqual(
      order,
      Array.from({ length: 50 }, (_, number) => number),
    );
    t.deepEqual(await read(storage, 100, 100), [entry(100, '49')]);
    t.deepEqual(await read(storage, 1, 1), [{ ...entry(1), learned: true }]);
    await storage.close();
  });

  declare('a read may stop when it has so many bytes, and never before the first action', async (t, open) => {
    const { storage } = await opened(open);
    await storage.persist({ actions: Array.from({ length: 100 }, (_, at) => entry(at, 'x'.repeat(1_000))) });
    t.is((await storage.read(0, 99)).length, 100);
    t.deepEqual(positions(await storage.read(10, 99, 1)), [10]);
    const some = await storage.read(10, 99, 5_000);
    t.true(some.length >= 4 && some.length <= 6, `${some.length}`);
    t.deepEqual(await read(storage, 20, 10), []);
    await storage.close();
  });

  declare('bytes are given as they were, however often', async (t, open) => {
    const { storage } = await opened(open);
    await storage.persist({ actions: [entry(1, 'mine')] });
    const [first] = await storage.read(1, 1);
    const [second] = await storage.read(1, 1);
    t.deepEqual(plain(first ?? entry(0)), plain(entry(1, 'mine')));
    t.deepEqual(plain(second ?? entry(0)), plain(entry(1, 'mine')));
    await storage.close();
  });

  declare(
    'closing waits for what is under way; a storage is opened once, and nothing before or after is done',
    async (t, open) => {
      const storage = open();
      t.is(await code(storage.persist({})), 'LOG_CLOSED');
      t.is(await code(storage.read(0, 1)), 'LOG_CLOSED');
      await storage.recover();
      const writing = storage.persist({ actions: [entry(1)] });
      await storage.close();
      await writing;
      await storage.close();
      t.is(await code(storage.recover()), 'LOG_CLOSED');
      t.is(await code(storage.persist({ actions: [entry(2)] })), 'LOG_CLOSED');
      t.is(await code(storage.read(0, 1)), 'LOG_CLOSED');
      const again = await opened(open);
      t.deepEqual(again.log.unlearned, [{ from: 1, to: 1 }]);
      await again.storage.close();
    },
  );
}

async function opened(open: () => LogStorage): Promise<{ storage: LogStorage; log: RecoveredLog }> {
  const storage = open();
  return { storage, log: await storage.recover() };
}

/** What the next life finds after some writes. */
async function written(open: () => LogStorage, ...writes: LogWrite[]): Promise<RecoveredLog> {
  const { storage } = await opened(open);
  for (const write of writes) await storage.persist(write);
  await storage.close();
  const again = await opened(open);
  await again.storage.close();
  return again.log;
}

/** Actions whose bytes are all of one class. */
async function read(storage: LogStorage, from: number, to: number): Promise<Action[]> {
  return (await storage.read(from, to)).map((action) => plain(action));
}

function plain(action: Action): Action {
  return action.value?.type === 'append'
    ? { ...action, value: { type: 'append', bytes: Buffer.from(action.value.bytes) } }
    : action;
}

function positions(actions: readonly Action[]): number[] {
  return actions.map(({ position }) => position);
}

/** The code of the error that a promise rejects with. */
async function code(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
  } catch (error) {
    return error instanceof LogError ? error.code : String(error);
  }
  return undefined;
}
