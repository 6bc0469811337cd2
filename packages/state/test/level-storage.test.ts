import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SeededRandom } from '@mesos-ts/libprocess';
import test from 'ava';
import { LevelStore, LogError, type OrderedStore } from '@mesos-ts/replicated-log';
import { ClassicLevel } from 'classic-level';
import { inTemporaryFolder } from '@mesos-ts/libprocess/testing';
import { LevelStorage, State, StateError } from '../src/index.ts';

async function storeAll(path: string, names: readonly string[]): Promise<void> {
  const storage = await LevelStorage.open(path);
  const state = new State(storage, new SeededRandom(1));
  for (const name of names) await state.store((await state.fetch(name)).mutate(Buffer.alloc(100, name)));
  await storage.close();
}

/** Does something with a path where there is nothing yet. */
function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  return inTemporaryFolder((folder) => work(join(folder, 'db')));
}

test('an entry whose bytes were changed on disk is refused, not served', (t) =>
  inFolder(async (path) => {
    const storage = await LevelStorage.open(path);
    const state = new State(storage, new SeededRandom(1));
    await state.store((await state.fetch('a')).mutate(Buffer.from('value')));
    await storage.close();
    const db = new ClassicLevel<string, Uint8Array>(path, { valueEncoding: 'view' });
    const record = (await db.get('\u0001a')) as Uint8Array;
    record[record.length - 1] = (record.at(-1) ?? 0) ^ 1;
    await db.put('\u0001a', record);
    await db.put('\u0001short', Uint8Array.of(1));
    await db.close();
    const damaged = await LevelStorage.open(path);
    for (const name of ['a', 'short']) {
      const error = await t.throwsAsync(() => damaged.get(name), { instanceOf: StateError });
      t.is(error.code, 'STATE_CORRUPT');
    }
    await damaged.close();
  }));

test('a database that somebody else has open is refused with a word about it', (t) =>
  inFolder(async (path) => {
    const storage = await LevelStorage.open(path);
    const error = await t.throwsAsync(() => LevelStorage.open(path), { instanceOf: StateError });
    t.is(error.code, 'STATE_FAILED');
    t.regex(error.message, /^The state in .* is in use by another program/);
    await storage.close();
  }));

test('a database whose files are damaged is refused as such', (t) =>
  inFolder(async (path) => {
    const storage = await LevelStorage.open(path);
    await storage.close();
    const manifest = (await readdir(path)).find((file) => file.startsWith('MANIFEST')) ?? '';
    const bytes = await readFile(join(path, manifest));
    await writeFile(
      join(path, manifest),
      bytes.map((byte) => byte ^ 0xff),
    );
    const error = await t.throwsAsync(() => LevelStorage.open(path), { instanceOf: StateError });
    t.is(error.code, 'STATE_CORRUPT');
  }));

test('a byte that goes bad anywhere in the files is found, or does no harm: no variable is lost silently', (t) =>
  inFolder(async (path) => {
    const names = ['a', 'b', 'c', 'd'];
    await storeAll(path, names);
    // Once more, so that some of it is in a table and some in the journal.
    const again = await LevelStorage.open(path);
    const state = new State(again, new SeededRandom(2));
    await state.store((await state.fetch('a')).mutate(Buffer.alloc(100, 'a')));
    await again.close();
    const files = (await readdir(path)).filter((name) => /^MANIFEST|\.log$|\.ldb$|^CURRENT$/.test(name));
    const kinds = new Set<string>();
    for (const file of files) {
      const bytes = await readFile(join(path, file));
      for (let at = 0; at < bytes.length; at += 1 + Math.floor(bytes.length / 12)) {
        const copy = `${path}-${file}-${at}`;
        await mkdir(copy);
        for (const name of await readdir(path)) await copyFile(join(path, name), join(copy, name));
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ 4;
        await writeFile(join(copy, file), damaged);
        let outcome: string;
        try {
          const storage = await LevelStorage.open(copy);
          outcome = [...(await storage.names())].toSorted().join();
          await storage.close();
        } catch (error) {
          outcome = error instanceof StateError ? error.code : String(error);
        }
        kinds.add(outcome);
        t.true(outcome === 'STATE_CORRUPT' || outcome === names.join(), `${file}, byte ${at}: ${outcome}`);
      }
    }
    t.true(kinds.has('STATE_CORRUPT'));
  }));

for (const [title, isLost] of [
  ['the journal', (name: string) => name.endsWith('.log')],
  ['the file CURRENT', (name: string) => name === 'CURRENT'],
  ['all files but the label', (name: string) => name !== 'state.json'],
] as const) {
  test(`a database that has lost ${title} is refused, and is no empty one`, (t) =>
    inFolder(async (path) => {
      await storeAll(path, ['a', 'b']);
      for (const name of await readdir(path)) if (isLost(name)) await rm(join(path, name));
      const error = await t.throwsAsync(() => LevelStorage.open(path), { instanceOf: StateError });
      t.is(error.code, 'STATE_CORRUPT');
      t.regex(error.message, /Keep a copy of the directory, and start with an older copy/);
    }));
}

test('a database from which all was expunged is an empty one', (t) =>
  inFolder(async (path) => {
    await storeAll(path, ['a']);
    const storage = await LevelStorage.open(path);
    const state = new State(storage, new SeededRandom(2));
    t.true(await state.expunge(await state.fetch('a')));
    await storage.close();
    const later = await LevelStorage.open(path);
    t.is((await later.names()).size, 0);
    await later.close();
  }));

test('after a write that failed nothing is written or read until the database is opened again', (t) =>
  inFolder(async (path) => {
    const purpose = { label: 'state.json', content: 'state', remedy: 'do something' };
    const store: OrderedStore = new LevelStore({ path }, purpose);
    const write = store.write.bind(store);
    let left = 1;
    store.write = async (changes) => {
      if (left-- === 0) throw new LogError('LOG_STORAGE_FAILED', 'No space left on device');
      return write(changes);
    };
    const storage = await LevelStorage.on(store);
    const state = new State(storage, new SeededRandom(1));
    const first = await state.store((await state.fetch('a')).mutate(Buffer.from('first')));
    if (first === undefined) throw new Error('it was not stored');
    const works = [
      () => state.store(first.mutate(Buffer.from('second'))),
      () => state.store(first),
      () => state.fetch('a'),
    ];
    for (const work of works) {
      const error = await t.throwsAsync<StateError>(work, { instanceOf: StateError });
      t.is(error.code, 'STATE_FAILED');
      t.regex(error.message, /No space left/);
    }
    await storage.close();
    const later = await LevelStorage.open(path);
    t.is(Buffer.from((await later.get('a'))?.value ?? []).toString(), 'first');
    await later.close();
  }));
