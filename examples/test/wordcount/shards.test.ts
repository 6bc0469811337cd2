import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { countWords } from '../../src/wordcount/count.ts';
import { cutShards, readShard, textFiles } from '../../src/wordcount/shards.ts';
import type { Shard } from '../../src/wordcount/shards.ts';

async function read(shard: Shard): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readShard(shard)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('however files are cut, the words of the shards are the words of the files', async (t) => {
  await using temporary = await temporaryFolder();
  const { path: directory } = temporary;
  await mkdir(join(directory, 'sub'));
  await mkdir(join(directory, '.hidden'));
  const long = Array.from({ length: 3_000 }, (_, index) => `word${index % 97}`).join(' ');
  await writeFile(join(directory, 'a.txt'), 'no newline at the end');
  await writeFile(join(directory, 'b.txt'), long);
  await writeFile(join(directory, 'sub', 'c.txt'), 'é'.repeat(50_000));
  await writeFile(join(directory, 'empty.txt'), '');
  await writeFile(join(directory, 'binary'), Buffer.from([1, 0, 2]));
  await writeFile(join(directory, '.hidden', 'd.txt'), 'hidden');
  const { files } = await textFiles(directory);
  t.deepEqual(
    files.map(({ path }) => path.subarray(directory.length + 1).toString()),
    ['a.txt', 'b.txt', 'empty.txt', 'sub/c.txt'],
  );
  for (const size of [1, 100, 4_096, 1_000_000]) {
    const shards = await cutShards(files, size);
    let words = 0;
    for (const shard of shards) words += countWords(await read(shard), 'utf-8').words;
    t.is(words, 5 + 3_000 + 1);
  }
});

test('files of any name are counted, and through links; what is no text or cannot be read is told', async (t) => {
  await using temporary = await temporaryFolder();
  const { path: directory } = temporary;
  const notUtf8 = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0xfe])]);
  await writeFile(notUtf8, 'one two');
  await writeFile(join(directory, 'new\nline'), 'three');
  await symlink('new\nline', join(directory, 'link'));
  await symlink('.', join(directory, 'circle'));
  await symlink('nowhere', join(directory, 'dangling'));
  await writeFile(join(directory, 'binary'), Buffer.from([1, 0, 2]));
  const { files, leftOut } = await textFiles(directory);
  const shards = await cutShards(files, 1_000);
  const text = (await Promise.all(shards.map(read))).join('\n');
  t.deepEqual(text.split('\n').filter(Boolean).toSorted(), ['one two', 'three', 'three']);
  t.deepEqual(
    leftOut.map(({ path, isError }) => [path.slice(directory.length + 1), isError]),
    [
      ['binary', false],
      ['dangling', true],
    ],
  );
});

test('a directory without text is an error that says so, and so is one that is missing', async (t) => {
  await using temporary = await temporaryFolder();
  const { path: directory } = temporary;
  await t.throwsAsync(textFiles(directory), { message: `There are no text files in ${directory}` });
  await writeFile(join(directory, 'binary'), Buffer.from([0]));
  await t.throwsAsync(textFiles(directory), { message: /: \S*binary is left out \(not a text file\)$/ });
  await t.throwsAsync(textFiles(join(directory, 'binary')), { code: 'ENOTDIR' });
  await t.throwsAsync(textFiles(join(directory, 'missing')), { code: 'ENOENT' });
});
