import test from 'ava';
import { PID, ProcessError, formatAddress, isProcessId, parseAddress, parseHostPort } from '../../src/index.ts';

function code(work: () => unknown): unknown {
  try {
    work();
    return 'no error';
  } catch (error) {
    return error instanceof ProcessError ? error.code : error;
  }
}

test('a PID is read as it is written', (t) => {
  for (const text of ['master@10.0.0.1:5050', 'slave(1)@[::1]:5051', 'a@host-1.example.org:0']) {
    const pid = PID.parse(text);
    t.is(pid.toString(), text);
    t.is(JSON.stringify({ pid }), `{"pid":"${text}"}`);
    t.true(pid.equals(new PID(pid.id, pid.address)));
  }
  t.false(PID.parse('a@1.1.1.1:1').equals(PID.parse('b@1.1.1.1:1')));
  t.false(PID.parse('a@1.1.1.1:1').equals(PID.parse('a@1.1.1.1:2')));
});

test('what is no PID is refused with PID_INVALID', (t) => {
  for (const text of [
    '',
    'a',
    '@1.1.1.1:1',
    'a@',
    'a@1.1.1.1',
    'a@:1',
    'a@h:x',
    'a@h:65536',
    'a b@h:1',
    'a@b@h:1',
    'a@[1]:1',
    'a@[::1:1',
    'a@h/p:1',
  ]) {
    t.is(
      code(() => PID.parse(text)),
      'PID_INVALID',
      text,
    );
  }
});

test('actors can have printable names without what has a meaning in a PID or a URL', (t) => {
  for (const id of ['a', 'slave(1)', 'log-replica(1)', 'é', 'x'.repeat(255)]) t.true(isProcessId(id), id);
  for (const id of ['', ' ', 'a/b', 'a@b', 'a?', 'a#', 'a%', 'a\n', 'a\u0000', 'x'.repeat(256)])
    t.false(isProcessId(id), id);
});

test('addresses are read as they are written, IPv6 in brackets, and host names only where they may be', (t) => {
  for (const [ip, port] of [
    ['10.0.0.1', 5050],
    ['::1', 0],
  ] as const) {
    t.deepEqual(parseAddress(formatAddress(ip, port)), { ip, port });
  }
  t.deepEqual(parseHostPort('host:80'), { host: 'host', port: 80 });
  for (const text of ['host:80', '10.0.0.1', '10.0.0.256:1', '1.2.3.4:65536', '[::1]', ':1', '']) {
    t.is(
      code(() => parseAddress(text)),
      'ADDRESS_INVALID',
      text,
    );
  }
});
