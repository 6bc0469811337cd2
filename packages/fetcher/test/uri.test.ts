import test from 'ava';

import { archiveFormat } from '../src/archive/format.ts';
import { FetchError } from '../src/errors.ts';
import { outputPath, uriOrigin } from '../src/uri.ts';

const names: readonly (readonly [string, string])[] = [
  ['http://host/dir/file.txt', 'file.txt'],
  ['http://host:80/file.txt?v=1', 'file.txt?v=1'],
  ['http://host/file?from=/other/name', 'name'],
  ['hdfs://host/a%20b', 'a%20b'],
  ['file:///a/b', 'b'],
  ['/a/b/', 'b'],
  ['relative', 'relative'],
  ['\r\n\t http://host/x', 'x'],
];

for (const [value, name] of names) {
  test(`${JSON.stringify(value)} is fetched to ${name}`, (t) => {
    t.deepEqual(outputPath({ value }), [name]);
  });
}

for (const value of [
  'http://host',
  'http://host/',
  'http://host/dir/',
  'http://host/..',
  '',
  '.',
  '/',
  'a\\b',
  "a'b",
  'a\0b',
]) {
  test(`${JSON.stringify(value)} names no file that can be fetched`, (t) => {
    const problem = outputPath({ value });
    t.true(problem instanceof FetchError && problem.code === 'FETCH_URI_INVALID');
  });
}

test('an output_file makes up for a URI that ends with a slash', (t) => {
  t.deepEqual(outputPath({ output_file: './a//b', value: 'http://host/dir/' }), ['a', 'b']);
});

for (const outputFile of ['', '/a', '/', '..', '../a', 'a/../../b', 'a/..', 'a/', '.', 'a/.', 'a\0b']) {
  test(`the output_file ${JSON.stringify(outputFile)} is refused`, (t) => {
    const problem = outputPath({ output_file: outputFile, value: '/x' });
    t.true(problem instanceof FetchError && problem.code === 'FETCH_OUTPUT_FILE_INVALID');
  });
}

test('origins are told by the scheme', (t) => {
  t.deepEqual(uriOrigin('file:///a/b%20c', undefined), { kind: 'file', path: '/a/b%20c' });
  t.deepEqual(uriOrigin('file://localhost/a', undefined), { kind: 'file', path: '/a' });
  t.deepEqual(uriOrigin(' /a', undefined), { kind: 'file', path: '/a' });
  t.deepEqual(uriOrigin('a', '/home'), { kind: 'file', path: '/home/a' });
  t.deepEqual(uriOrigin('localhost/a', '/home'), { kind: 'file', path: '/home/localhost/a' });
  t.deepEqual(uriOrigin('http://h/a', undefined), { kind: 'http', url: 'http://h/a' });
  t.deepEqual(uriOrigin('https://h/a', undefined), { kind: 'http', url: 'https://h/a' });
});

const bad: readonly (readonly [string, string, RegExp])[] = [
  ['file://host/a', 'FETCH_URI_INVALID', /absolute paths/],
  ['a', 'FETCH_URI_INVALID', /frameworks home/],
  ['http://[/a', 'FETCH_URI_INVALID', /Malformed/],
  ['ftp://h/a', 'FETCH_SCHEME_UNSUPPORTED', /'ftp' is not supported/],
  ['hdfs://h/a', 'FETCH_SCHEME_UNSUPPORTED', /'hdfs' is not supported/],
];

for (const [value, code, reason] of bad) {
  test(`${value} cannot be fetched: ${code}`, (t) => {
    const problem = uriOrigin(value, undefined);
    t.true(
      problem instanceof FetchError && problem.code === code && reason.test(problem.message) && problem.uri === value,
    );
  });
}

test('archives are told by the ends of their names, as Mesos does', (t) => {
  for (const name of ['a.tar', 'a.tgz', 'a.tar.gz', 'a.tbz2', 'a.tar.bz2', 'a.txz', 'a.tar.xz']) {
    t.is(archiveFormat(name), 'tar');
  }
  t.is(archiveFormat('a.zip'), 'zip');
  t.is(archiveFormat('a.gz'), 'gzip');
  for (const name of ['a', 'a.TAR', 'a.tar?v=1', 'a.bz2', 'tar']) t.is(archiveFormat(name), undefined);
});
