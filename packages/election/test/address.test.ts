import test from 'ava';
import { parseElectionAddress, parseMasters, withoutSecret } from '../src/address.ts';

const read = (text: string) => parseElectionAddress(text, () => 'zk://h/p\n').value;

test('where the masters are is read in each of its forms', (t) => {
  t.deepEqual(read('h:1'), { kind: 'standalone', id: 'master', master: { host: 'h', port: 1 } });
  t.deepEqual(read('h'), { kind: 'standalone', id: 'master', master: { host: 'h', port: 5050 } });
  t.deepEqual(read('master@10.0.0.1:5050'), {
    kind: 'standalone',
    id: 'master',
    master: { host: '10.0.0.1', port: 5050 },
  });
  t.deepEqual(read('a:1,b,[::1]:3'), {
    kind: 'built-in',
    masters: [
      { host: 'a', port: 1 },
      { host: 'b', port: 5050 },
      { host: '::1', port: 3 },
    ],
  });
  t.deepEqual(read('zk://h1,h2:2182/a/b/'), {
    kind: 'zookeeper',
    servers: [
      { host: 'h1', port: 2181 },
      { host: 'h2', port: 2182 },
    ],
    path: '/a/b',
    credentials: undefined,
  });
  t.deepEqual(read('zk://user:p@ss/w:rd@h/p'), {
    kind: 'zookeeper',
    servers: [{ host: 'h', port: 2181 }],
    path: '/p',
    credentials: 'user:p@ss/w:rd',
  });
  t.deepEqual(read('etcd://u:p@h1,h2:2380/mesos'), {
    kind: 'etcd',
    endpoints: [
      { host: 'h1', port: 2379 },
      { host: 'h2', port: 2380 },
    ],
    prefix: '/mesos',
    credentials: { user: 'u', password: 'p' },
  });
  t.is(read('file:///etc/mesos/zk')?.kind, 'zookeeper');
  t.is(parseMasters('a:1').value?.masters.length, 1);
});

const wrong = {
  '': /Expecting HOST:PORT/,
  'h:0': /Expecting HOST:PORT/,
  'h:99999': /Expecting HOST:PORT/,
  '@h:1': /Expecting HOST:PORT/,
  'http://h:1': /Expecting HOST:PORT, zk:/,
  'a:1,,b:2': /Expecting HOST:PORT,HOST:PORT/,
  'a:1,a:1': /named twice/,
  'zk://': /Expecting HOST/,
  'zk://h': /path for ZooKeeper \('\/' is not supported\)/,
  'zk://h/': /'\/' is not supported/,
  'zk://h/a//b': /no path/,
  'zk://h/a/../b': /no path/,
  'zk://secret@h/p': /of the form user:password/,
  'etcd://h': /prefix/,
  'etcd://secret@h/p': /of the form user:password/,
  'file:///none': /Cannot read where the masters are from '\/none'/,
};

for (const [text, expected] of Object.entries(wrong)) {
  test(`what is wrong with '${text}' is told without secrets`, (t) => {
    const { error } = parseElectionAddress(text, () => {
      throw new Error('no such file');
    });
    t.regex(error ?? '', expected);
    t.notRegex(error ?? '', /secret/);
  });
}

test('a secret is not shown', (t) => {
  t.is(withoutSecret('zk://ann:p@s:s/word@h:1,i:2/path'), 'zk://ann:***@h:1,i:2/path');
  t.is(withoutSecret('etcd://ann:sesame@h/path'), 'etcd://ann:***@h/path');
  for (const plain of ['zk://h:1/path', 'file:///etc/zk', 'h:5050,i:5050']) t.is(withoutSecret(plain), plain);
});

test('a file leads to no other file', (t) => {
  t.regex(parseElectionAddress('file:///a', () => 'file:///b').error ?? '', /leads to another file/);
});
