import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '@mesos-ts/libprocess';
import test from 'ava';
import { ClassicLevel } from 'classic-level';
import { LevelStorage, State, StateError } from '../src/index.ts';

async function inFolder(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'state-'));
  try {
    await work(join(folder, 'db'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('an entry whose bytes were changed on disk is refused, not served', (t) =>
  inFolder(async (path) => {
    const storage = await LevelStorage.open(path);
    const state = new State(storage, new SeededRandom(1));
    await state.store((await state.fetch('a')).mutate(Buffer.from('value')));
    await storage.close();
    const db = new ClassicLevel<string, Uint8Array>(path, { valueEncoding: 'view' });
    const record = (await db.get('a')) as Uint8Array;
    record[record.length - 1] = (record.at(-1) ?? 0) ^ 1;
    await db.put('a', record);
    await db.put('short', Uint8Array.of(1));
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
    t.regex(error.message, /Cannot open the database .*lock/i);
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
