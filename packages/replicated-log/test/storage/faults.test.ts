import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ClassicLevel } from 'classic-level';
import { LogError, levelLogStorage } from '../../src/index.ts';
import { decodeRecord } from '../../src/storage/records.ts';
import { OrderedLogStorage } from '../../src/testing/index.ts';
import { inFolder } from './folder.ts';
import type { Action, LogStorage } from '../../src/index.ts';
import type { OrderedStore, StoreChange } from '../../src/testing/index.ts';

const writer = fileURLToPath(new URL('writer.js', import.meta.url));

function entry(position: number, bytes: Uint8Array = Buffer.from('x')): Action {
  return { position, promised: 1, performed: 1, value: { type: 'append', bytes } };
}

async function error(promise: Promise<unknown>): Promise<LogError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof LogError) return thrown;
    throw thrown;
  }
  throw new Error('it did not fail');
}

/** A store that keeps nothing, and finishes a write when it is told to. */
class ManualStore implements OrderedStore {
  readonly writes: (readonly StoreChange[])[] = [];
  readonly #pending: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  open(): Promise<void> {
    return Promise.resolve();
  }

  async *entries(): AsyncGenerator<[Buffer, Buffer][]> {
    yield [];
  }

  write(changes: readonly StoreChange[]): Promise<void> {
    this.writes.push(changes);
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
    });
  }

  /** Finishes the write that is under way, and gives everybody time to hear of it. */
  async finish(failure?: Error): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    const { resolve, reject } = this.#pending.shift() ?? {};
    if (failure === undefined) resolve?.();
    else reject?.(failure);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }

  compact(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function manual(): Promise<{
  store: ManualStore;
  storage: LogStorage;
  done: string[];
  persist: (n: number) => void;
}> {
  const store = new ManualStore();
  const storage = new OrderedLogStorage(store);
  await storage.recover();
  const done: string[] = [];
  const persist = (position: number): void => {
    storage.persist({ actions: [entry(position)] }).then(
      () => done.push(`${position}`),
      (failure: LogError) => done.push(`${position} ${failure.code}`),
    );
  };
  return { store, storage, done, persist };
}

test('writes that come while one is under way share the next one, and none is acknowledged before its own', async (t) => {
  const { store, done, persist } = await manual();
  persist(1);
  await Promise.resolve();
  t.is(store.writes.length, 1);
  for (let position = 2; position <= 40; position++) persist(position);
  await store.finish();
  t.deepEqual(done, ['1']);
  t.is(store.writes.length, 2);
  await store.finish();
  t.is(done.length, 40);
  t.is(store.writes.length, 2);
});

test('what waits is written in parts of some megabytes', async (t) => {
  const { store, storage } = await manual();
  const writing = [storage.persist({ actions: [entry(0)] })];
  const megabyte = Buffer.alloc(1_024 * 1_024);
  for (let position = 1; position <= 10; position++)
    writing.push(storage.persist({ actions: [entry(position, megabyte)] }));
  for (let write = 0; write < 3; write++) await store.finish();
  await Promise.all(writing);
  t.deepEqual(
    store.writes.map((changes) => changes.filter(({ value }) => (value?.length ?? 0) > 1_000).length),
    [4, 4, 2],
  );
});

test('what was learned alone is not synced for its own sake: it goes with the next write', async (t) => {
  const { store, storage, persist } = await manual();
  persist(1);
  await Promise.resolve();
  await store.finish();
  await storage.persist({ learned: [{ from: 1, to: 1 }] });
  t.is(store.writes.length, 1);
  t.true((await error(storage.persist({ learned: [{ from: 2, to: 2 }] }))).code === 'LOG_POSITION_INVALID');
  persist(2);
  await Promise.resolve();
  const found = store.writes[1]?.map(({ key, value }) => decodeRecord(key, value ?? Buffer.alloc(0)));
  t.like(found, [{ kind: 'action', summary: { learned: { from: 1, to: 1 } } }]);
  t.is(found?.length, 1);
});

test('after a write that failed, it and all that wait fail, and nothing is written or read any more', async (t) => {
  const { store, storage, done, persist } = await manual();
  persist(1);
  await Promise.resolve();
  persist(2);
  await store.finish(new Error('EIO: i/o error, fdatasync'));
  t.deepEqual(done, ['1 LOG_STORAGE_FAILED', '2 LOG_STORAGE_FAILED']);
  const failure = await error(storage.persist({ metadata: { status: 'VOTING', promised: 1 } }));
  t.regex(failure.message, /EIO: i\/o error/);
  t.is(await error(storage.read(0, 9)), failure);
  t.is(store.writes.length, 1);
  await storage.close();
  t.is(store.writes.length, 1, 'nor when it is closed');
});

test('a file system that has no room for a write: LevelDB says so, nothing after it is acknowledged, and all before it is there', async (t) => {
  if (process.platform === 'win32') {
    t.log('skipped: there is no ulimit');
    t.pass();
    return;
  }
  await inFolder(async (path) => {
    // A file may have 400 blocks, and what would write more gets an error instead of a signal.
    const script = `trap '' XFSZ; ulimit -f 400; exec "$0" "$@"`;
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script, process.execPath, writer, path], {
      encoding: 'utf8',
    });
    t.is(stderr, '');
    const { acknowledged, text, same } = JSON.parse(stdout) as { acknowledged: number; text: string; same: boolean };
    t.true(acknowledged > 100, `${acknowledged}`);
    t.regex(text, /^LOG_STORAGE_FAILED The log in .* cannot be used: .*File too large.*free space/);
    t.true(same, 'every later write fails for the same reason');
    const storage = levelLogStorage({ path });
    const { end } = await storage.recover();
    t.true(end === acknowledged - 1 || end === acknowledged, `${end} of ${acknowledged}`);
    const actions = await storage.read(0, end);
    t.is(actions.length, end + 1);
    for (const { position, value } of actions) {
      t.true(value?.type === 'append' && value.bytes.every((byte) => byte === position % 251));
    }
    await storage.close();
  });
});

test('a program that is killed in the midst of its writes, while tables are made, has lost nothing that it had acknowledged', async (t) => {
  await inFolder(async (path) => {
    let before = 0;
    for (let life = 0; life < 2; life++) {
      const child = spawn(process.execPath, [writer, path, 'tell'], { stdio: ['ignore', 'pipe', 'inherit'] });
      t.teardown(() => child.kill('SIGKILL'));
      let told = '';
      for await (const text of child.stdout.setEncoding('utf8')) {
        told += String(text);
        // More than a table's worth of entries.
        if (told.split('\n').length > 90 + life) child.kill('SIGKILL');
      }
      const acknowledged = Number(told.trimEnd().split('\n').at(-1));
      t.true(acknowledged >= before + 90, `${acknowledged} after ${before}`);
      const storage = levelLogStorage({ path });
      const { end, learned } = await storage.recover();
      t.true(end >= acknowledged, `${end} of ${acknowledged}`);
      t.deepEqual(learned, [{ from: 1, to: end }]);
      const actions = await storage.read(1, end);
      t.is(actions.length, end);
      for (const { position, value } of actions) {
        t.true(value?.type === 'append' && value.bytes.length === 100_000 && value.bytes[99_999] === position % 251);
      }
      await storage.close();
      before = end;
    }
  });
});

test('a log that another program has open, or this one, is refused with LOG_IN_USE, and that one goes on', async (t) => {
  await inFolder(async (path) => {
    const other = spawn(process.execPath, [writer, path, 'hold'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(other.stdout, 'data');
    const refused = await error(levelLogStorage({ path }).recover());
    t.is(refused.code, 'LOG_IN_USE');
    t.regex(refused.message, /End the other program/);
    other.stdin.end();
    await once(other, 'exit');
    const first = levelLogStorage({ path });
    await first.recover();
    t.is((await error(levelLogStorage({ path }).recover())).code, 'LOG_IN_USE');
    await first.persist({ actions: [entry(1)] });
    await first.close();
  });
});

test('a log belongs to a cluster: that of another is refused with LOG_FOREIGN, one without a name takes the first it gets', async (t) => {
  await inFolder(async (path) => {
    const open = async (cluster?: string): Promise<void> => {
      const storage = levelLogStorage(cluster === undefined ? { path } : { path, cluster });
      await storage.recover();
      await storage.persist({ metadata: { status: 'VOTING', promised: 1 } });
      await storage.close();
    };
    await open();
    await open('east');
    await open('east');
    await open();
    const refused = await error(open('west'));
    t.is(refused.code, 'LOG_FOREIGN');
    t.regex(refused.message, /'east'.*'west'.*directory of its own/);
  });
});

test('a log of a newer version, and a database of another program, are left as they are and refused', async (t) => {
  await inFolder(async (path) => {
    const storage = levelLogStorage({ path });
    await storage.recover();
    await storage.persist({ actions: [entry(1)] });
    await storage.close();
    const label = join(path, 'replicated-log.json');
    const text = await readFile(label, 'utf8');
    const before = await readdir(path);
    await writeFile(label, text.replace('"format":1', '"format":2'));
    const newer = await error(levelLogStorage({ path }).recover());
    t.is(newer.code, 'LOG_VERSION_UNSUPPORTED');
    t.regex(newer.message, /format 2.*newer version/);
    t.deepEqual(await readdir(path), before);
    for (const wrong of [
      '',
      '{',
      '[]',
      '{"format":0}',
      '{"format":1}',
      '{"format":1,"used":1}',
      '{"format":1,"used":true,"cluster":7}',
      'null',
    ]) {
      await writeFile(label, wrong);
      t.is((await error(levelLogStorage({ path }).recover())).code, 'LOG_CORRUPT', wrong);
    }
    await writeFile(label, text);
    const again = levelLogStorage({ path });
    t.is((await again.recover()).end, 1);
    await again.close();
  });
  await inFolder(async (path) => {
    const level = new ClassicLevel(path);
    await level.put('0000000001', 'a record of somebody else');
    await level.close();
    const before = await readdir(path);
    const foreign = await error(levelLogStorage({ path }).recover());
    t.is(foreign.code, 'LOG_VERSION_UNSUPPORTED');
    t.regex(foreign.message, /another program/);
    t.deepEqual(await readdir(path), before);
  });
});

test('a path that can be no directory is refused with what is wrong with it', async (t) => {
  await inFolder(async (path) => {
    await writeFile(path, 'a file');
    const refused = await error(levelLogStorage({ path }).recover());
    t.is(refused.code, 'LOG_STORAGE_FAILED');
    t.regex(refused.message, /making the directory failed: EEXIST/);
    const storage = levelLogStorage({ path: join(path, 'below') });
    t.is((await error(storage.recover())).code, 'LOG_STORAGE_FAILED');
    t.is((await error(storage.persist({}))).code, 'LOG_STORAGE_FAILED');
    await storage.close();
  });
});

test('what is truncated gives its space back while the log goes on, and is not there after a restart', async (t) => {
  await inFolder(async (path) => {
    await mkdir(path);
    const bytesOf = async (): Promise<number> => {
      // LevelDB removes files by itself, between one look and the next as well.
      const sizeOf = (name: string): Promise<number> =>
        stat(join(path, name)).then(
          ({ size }) => size,
          () => 0,
        );
      const sizes = await Promise.all((await readdir(path)).map(sizeOf));
      return sizes.reduce((sum, size) => sum + size, 0);
    };
    const storage = levelLogStorage({ path });
    await storage.recover();
    // What cannot be compressed.
    let state = 1;
    const bytes = Uint8Array.from(
      { length: 16_384 },
      () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24,
    );
    const count = 2_000;
    for (let position = 0; position < count; position += 50) {
      const actions = Array.from({ length: 50 }, (_, at) => entry(position + at, bytes));
      await storage.persist({ actions, learned: [{ from: position, to: position + 49 }] });
    }
    const full = await bytesOf();
    t.true(full > count * bytes.length, `${full}`);
    const value = { type: 'truncate', to: count - 10 } as const;
    await storage.persist({ actions: [{ position: count, promised: 1, performed: 1, value, learned: true }] });
    await storage.persist({ actions: [entry(count + 1)] });
    await storage.close();
    const left = await bytesOf();
    t.true(left < full / 10, `${left} bytes of ${full} are left`);
    const again = levelLogStorage({ path });
    const { begin, end } = await again.recover();
    t.deepEqual([begin, end, (await again.read(0, end)).length], [count - 10, count + 1, 12]);
    await again.close();
  });
});
