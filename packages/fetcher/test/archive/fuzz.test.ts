import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import test from 'ava';
import * as fc from 'fast-check';

import { FetchError } from '../../src/errors.ts';
import { tarOf, zipOf } from '../support/archives.ts';
import type { EntryTypeName, TarEntryData } from '../support/archives.ts';
import { TestDirectories } from '../support/sandbox.ts';

const numRuns = 150;

const names = ['a.tar', 'a.tar.gz', 'a.zip', 'a.gz'] as const;

/** Bytes with some of them changed, and perhaps the end cut off. */
function mutated(bytes: Buffer): fc.Arbitrary<Buffer> {
  const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 20 });
  return fc.tuple(changes, fc.option(fc.nat(bytes.length))).map(([edits, length]) => {
    const copy = Buffer.from(bytes);
    for (const [at, value] of edits) copy.writeUInt8(value, at);
    return copy.subarray(0, length ?? copy.length);
  });
}

async function samples(): Promise<Record<(typeof names)[number], Buffer>> {
  const tar = tarOf(
    { body: 'x'.repeat(700), path: 'd/x' },
    { linkpath: '../d/x', path: 'e/l', type: 'SymbolicLink' },
    { linkpath: 'd/x', path: 'h', type: 'Link' },
  );
  const zip = await zipOf({ body: 'x'.repeat(700), name: 'd/x' }, { body: '../d/x', mode: 0o120777, name: 'e/l' });
  return { 'a.gz': gzipSync('hello'), 'a.tar': tar, 'a.tar.gz': gzipSync(tar), 'a.zip': zip };
}

/**
 * Fetches bytes as an archive. It may work or fail, but it must end, write nothing outside, make no link that leads
 * outside, and leave nothing when it fails.
 */
async function assertHarmless(directories: TestDirectories, name: string, bytes: Buffer): Promise<void> {
  await writeFile(join(directories.published, name), bytes);
  const failure: unknown = await directories.fetch([{ value: join(directories.published, name) }]).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure !== undefined && !(failure instanceof FetchError)) throw failure;
  for (const path of Object.keys(await directories.everything())) {
    const expected = path === 'sandbox/' || (failure === undefined && path.startsWith('sandbox/'));
    if (!expected) throw new Error(`Nothing should be at ${path}`);
    const real = await realpath(join(directories.root, path)).catch(() => directories.sandbox);
    if (real !== directories.sandbox && !real.startsWith(`${directories.sandbox}/`)) {
      throw new Error(`${path} leads to ${real}`);
    }
  }
  await rm(directories.sandbox, { recursive: true });
  await mkdir(directories.sandbox);
}

for (const name of names) {
  test.serial(`random bytes as ${name} do no harm`, async (t) => {
    const directories = await TestDirectories.create(t);
    const bytes = fc.uint8Array({ maxLength: 4096 }).map((array) => Buffer.from(array));
    await fc.assert(
      fc.asyncProperty(bytes, (value) => assertHarmless(directories, name, value)),
      { numRuns },
    );
    t.pass();
  });

  test.serial(`a damaged ${name} does no harm`, async (t) => {
    const directories = await TestDirectories.create(t);
    const sample = (await samples())[name];
    await fc.assert(
      fc.asyncProperty(mutated(sample), (value) => assertHarmless(directories, name, value)),
      { numRuns },
    );
    t.pass();
  });
}

test.serial('tar archives of entries with hostile names and links do no harm', async (t) => {
  const directories = await TestDirectories.create(t);
  const segment = fc.constantFrom('a', 'b', 'c', '.', '..', '', 'l', '/');
  const path = fc.array(segment, { maxLength: 5, minLength: 1 }).map((segments) => segments.join('/') || 'a');
  const type = fc.constantFrom<EntryTypeName[]>('File', 'Directory', 'SymbolicLink', 'Link', 'FIFO', 'CharacterDevice');
  const entry = fc.record({ linkpath: path, path, type }).map(hostileEntry);
  const archive = fc.array(entry, { maxLength: 8, minLength: 1 }).map((entries) => tarOf(...entries));
  await fc.assert(
    fc.asyncProperty(archive, (value) => assertHarmless(directories, 'a.tar', value)),
    { numRuns: 400 },
  );
  t.pass();
});

function hostileEntry(data: { linkpath: string; path: string; type: EntryTypeName }): TarEntryData {
  const { linkpath, path, type } = data;
  if (type === 'Link' || type === 'SymbolicLink') return { linkpath, path, type };
  return { body: type === 'File' ? 'x' : '', path, type };
}
