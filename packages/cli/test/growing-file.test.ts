import fc from 'fast-check';
import test from 'ava';
import { contentsOf } from '../src/growing-file.ts';
import type { FileOptions, GrowingFile } from '../src/growing-file.ts';

/** A file that sends few bytes at a time. */
function fileOf(text: string, pieceBytesMax = 7): GrowingFile {
  const bytes = Buffer.from(text);
  return {
    read: (offset, length) =>
      Promise.resolve({
        data: bytes.subarray(offset, offset + Math.min(length, pieceBytesMax)),
        size: bytes.length,
      }),
  };
}

async function print(file: GrowingFile, options: Partial<FileOptions> = {}): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of contentsOf(file, { follow: undefined, lines: undefined, ...options })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('the last lines of a file are those that tail prints', async (t) => {
  const text = fc.array(fc.constantFrom('', 'a', 'ö€', 'bcd', 'longer than a piece'), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), fc.integer({ min: 1, max: 15 }), async (lines, hasEnd, count) => {
      const whole = lines.join('\n') + (hasEnd && lines.length > 0 ? '\n' : '');
      const all = whole.match(/[^\n]*\n|[^\n]+$/g) ?? [];
      t.is(await print(fileOf(whole), { lines: count }), all.slice(-count).join(''));
      t.is(await print(fileOf(whole)), whole);
    }),
    { numRuns: 300 },
  );
});

test('a file that grows while it is read has an end', async (t) => {
  let size = 10;
  const file: GrowingFile = {
    read: (offset, length) => {
      size += 100;
      return Promise.resolve({ data: new Uint8Array(Math.min(length, size - offset)), size });
    },
  };
  t.is((await print(file)).length, 110);
});

test('a file that is followed and becomes shorter is told from its beginning', async (t) => {
  const follow = new AbortController();
  let text = 'first';
  const file: GrowingFile = { read: (offset, length) => fileOf(text).read(offset, length) };
  let told = '';
  for await (const piece of contentsOf(file, { follow: follow.signal, lines: undefined })) {
    told += Buffer.from(piece).toString();
    if (told === 'first') text = '2nd';
    else follow.abort();
  }
  t.is(told, 'first2nd');
});

test('what was written before the end is told, whenever the end is known', async (t) => {
  let text = 'a';
  const file: GrowingFile = {
    read: (offset, length) => fileOf(text).read(offset, length),
    hasEnded: () => {
      text = 'ab';
      return Promise.resolve(true);
    },
  };
  t.is(await print(file, { follow: new AbortController().signal }), 'ab');
});
