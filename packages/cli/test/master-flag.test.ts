import test from 'ava';
import { parseMaster } from '../src/master-flag.ts';

test('a master is written host:port, and in some other ways', (t) => {
  for (const [text, address] of [
    ['10.0.0.1:5051', '10.0.0.1:5051'],
    ['localhost', 'localhost:5050'],
    ['master@10.0.0.1:5050', '10.0.0.1:5050'],
    ['http://localhost:5050/', 'localhost:5050'],
    ['[::1]:5050', '[::1]:5050'],
  ] as const) {
    t.deepEqual(parseMaster(text), { address, isSecure: false }, text);
  }
});

test('anything else is refused, with what was given', (t) => {
  for (const text of ['', ':5050', 'host:0', 'host:70000', 'a b:5050', 'zk://host:2181/mesos']) {
    t.true(parseMaster(text).error?.startsWith(`'${text}': `), text);
  }
});

test('a master may be asked with TLS', (t) => {
  t.deepEqual(parseMaster('https://localhost:5050/'), { address: 'localhost:5050', isSecure: true });
  t.deepEqual(parseMaster('https://localhost'), { address: 'localhost:5050', isSecure: true });
});
