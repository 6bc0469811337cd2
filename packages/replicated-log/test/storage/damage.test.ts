import { cp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { LogError, levelLogStorage } from '../../src/index.ts';
import { inFolder } from './folder.ts';
import type { Action, RecoveredLog } from '../../src/index.ts';

/** The content of a log, all of it: fails as a master would that reads it at its start. */
async function content(path: string): Promise<{ log: RecoveredLog; actions: readonly Action[] }> {
  const storage = levelLogStorage({ path });
  try {
    const log = await storage.recover();
    return { log, actions: await storage.read(log.begin, log.end) };
  } finally {
    await storage.close();
  }
}

function entry(position: number, bytes: Uint8Array): Action {
  return { position, promised: 1, performed: 1, value: { type: 'append', bytes } };
}

/** Bytes without zeros, which a seed makes. */
function noise(length: number, seed: number): Buffer {
  let state = seed >>> 0;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return 1 + ((state >>> 16) % 255);
    }),
  );
}

/** Writes a log as a replica does, several entries in each write, and answers how large the journal was after each. */
async function fill(path: string, entries: number, bytes: number): Promise<{ journal: string; sizes: number[] }> {
  const storage = levelLogStorage({ path });
  await storage.recover();
  await storage.persist({ metadata: { status: 'VOTING', promised: 1 } });
  const journal = (await readdir(path)).find((name) => name.endsWith('.log')) ?? '';
  const sizes = [(await stat(join(path, journal))).size];
  for (let position = 1; position <= entries; position++) {
    const learned = position > 1 ? [{ from: position - 1, to: position - 1 }] : [];
    await storage.persist({ actions: [entry(position, noise(bytes, position))], learned });
    sizes.push((await stat(join(path, journal))).size);
  }
  await storage.close();
  return { journal, sizes };
}

test('after a loss of power at any byte of what is written, all that was acknowledged is there, and nothing in part', async (t) => {
  await inFolder(async (path) => {
    const { journal, sizes } = await fill(path, 6, 100);
    const whole = await readFile(join(path, journal));
    t.is(sizes.at(-1), whole.length, 'closing had nothing to write');
    const copy = `${path}-copy`;
    for (let cut = sizes[0] ?? 0; cut <= whole.length; cut += 11) {
      // What was not written may be missing at the end, or be zeros.
      for (const zeros of [0, 600]) {
        await rm(copy, { recursive: true, force: true });
        await cp(path, copy, { recursive: true });
        await writeFile(join(copy, journal), Buffer.concat([whole.subarray(0, cut), Buffer.alloc(zeros)]));
        const { log, actions } = await content(copy);
        const acknowledged = sizes.filter((size) => size <= cut).length - 1;
        t.is(log.metadata.status, 'VOTING');
        const next = sizes.find((size) => size > cut) ?? cut;
        // What is cut off can have been zeros itself.
        const same = zeros > 0 && whole.subarray(cut, next).every((byte) => byte === 0);
        t.is(actions.length, acknowledged + (same && next > cut ? 1 : 0), `cut at ${cut}, ${zeros} zeros`);
        t.true(actions.every(({ position, value }) => isEntry(position, value, 100)));
      }
    }
  });
});

test('a write over several blocks of the journal that a loss of power leaves without any of its sectors is not there, and no damage', async (t) => {
  await inFolder(async (path) => {
    const { journal, sizes } = await fill(path, 3, 90_000);
    const whole = await readFile(join(path, journal));
    const [start = 0] = sizes.slice(-2);
    const copy = `${path}-copy`;
    for (let sector = Math.ceil(start / 512); sector * 512 < whole.length; sector += 7) {
      await rm(copy, { recursive: true, force: true });
      await cp(path, copy, { recursive: true });
      const torn = Buffer.from(whole);
      torn.fill(0, sector * 512, Math.min(whole.length, (sector + 1) * 512));
      await writeFile(join(copy, journal), torn);
      t.is((await content(copy)).actions.length, 2, `sector ${sector}`);
    }
  });
});

function isEntry(position: number, value: Action['value'], bytes: number): boolean {
  return value?.type === 'append' && Buffer.from(value.bytes).equals(noise(bytes, position));
}

/** Opens a damaged log, and answers what became of it. */
async function outcome(path: string, entries: number, bytes: number): Promise<string> {
  try {
    const { log, actions } = await content(path);
    const right = actions.every(({ position, value }) => isEntry(position, value, bytes));
    const all = actions.length === entries && log.end === entries && log.metadata.promised === 1;
    return right && all
      ? 'whole'
      : `served ${actions.length} entries up to ${log.end}, ${right ? 'right' : 'wrong'} ones`;
  } catch (error) {
    return error instanceof LogError ? error.code : String(error);
  }
}

test('a byte that goes bad anywhere in the files is found, or does no harm: nothing is ever served short or wrong', async (t) => {
  await inFolder(async (path) => {
    // Several lives: tables, journals, a manifest with a history.
    const entries = 400;
    for (const end of [150, 300, entries]) {
      const storage = levelLogStorage({ path });
      const { end: last } = await storage.recover();
      await storage.persist({ metadata: { status: 'VOTING', promised: 1 } });
      for (let position = last + 1; position <= end; position++) {
        await storage.persist({ actions: [entry(position, noise(60, position))] });
      }
      await storage.persist({ actions: [], learned: [{ from: 1, to: end }] });
      await storage.close();
    }
    t.is(await outcome(path, entries, 60), 'whole');
    const copy = `${path}-copy`;
    const counts = new Map<string, number>();
    let seed = 1;
    const names = (await readdir(path)).filter((name) => /^(CURRENT|MANIFEST-.*|.*\.ldb|.*\.log|.*\.json)$/.test(name));
    t.true(names.some((name) => name.endsWith('.ldb')) && names.some((name) => name.endsWith('.log')));
    for (const name of names) {
      const whole = await readFile(join(path, name));
      const times = Math.min(whole.length, 60);
      for (let time = 0; time < times; time++) {
        await rm(copy, { recursive: true, force: true });
        await cp(path, copy, { recursive: true });
        const damaged = Buffer.from(whole);
        seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
        const offset = (seed >>> 8) % damaged.length;
        damaged[offset] = (damaged[offset] ?? 0) ^ (1 << (seed & 7));
        await writeFile(join(copy, name), damaged);
        const result = await outcome(copy, entries, 60);
        counts.set(result, (counts.get(result) ?? 0) + 1);
        t.regex(
          result,
          /^(whole|LOG_CORRUPT|LOG_VERSION_UNSUPPORTED|LOG_STORAGE_FAILED)$/,
          `${name} at byte ${offset} of ${whole.length}`,
        );
      }
      // And without the file, or half of it.
      await rm(copy, { recursive: true, force: true });
      await cp(path, copy, { recursive: true });
      await rm(join(copy, name));
      t.not(await outcome(copy, entries, 60), 'whole', `without ${name}`);
      t.regex(await outcome(copy, entries, 60), /^LOG_/, `without ${name}`);
      if (name.endsWith('.log')) continue;
      await cp(join(path, name), join(copy, name));
      await truncate(join(copy, name), whole.length >> 1);
      t.regex(await outcome(copy, entries, 60), /^LOG_/, `half of ${name}`);
    }
    t.true((counts.get('LOG_CORRUPT') ?? 0) > 100, JSON.stringify([...counts]));
    t.log(JSON.stringify([...counts]));
  });
});
