import { freePort } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { masterLocation, parseMaster, schedulerMaster } from '../src/master-flag.ts';

test('a master is written host:port, and in some other ways', (t) => {
  for (const [text, address] of [
    ['10.0.0.1:5051', '10.0.0.1:5051'],
    ['localhost', 'localhost:5050'],
    ['master@10.0.0.1:5050', '10.0.0.1:5050'],
    ['http://localhost:5050/', 'localhost:5050'],
    ['[::1]:5050', '[::1]:5050'],
  ] as const) {
    t.deepEqual(parseMaster(text).location, { addresses: [address], isSecure: false }, text);
  }
});

test('anything else is refused, with what may stand there', (t) => {
  for (const text of ['', ':5050', 'host:0', 'host:70000', 'a b:5050', 'a:1,,b:2']) {
    t.regex(parseMaster(text).error ?? '', /^Expecting HOST:PORT, or several/, text);
  }
});

test('a master may be asked with TLS', (t) => {
  t.deepEqual(parseMaster('https://localhost:5050/').location, { addresses: ['localhost:5050'], isSecure: true });
  t.deepEqual(parseMaster('https://localhost').location, { addresses: ['localhost:5050'], isSecure: true });
});

test('of several masters all are written, or who knows which of them leads', (t) => {
  t.deepEqual(parseMaster('a:1,b,master@c:3').location?.addresses, ['a:1', 'b:5050', 'c:3']);
  t.true(parseMaster('https://a,https://b').location?.isSecure);
  t.is(parseMaster('zk://a:2181,b:2181/mesos').service?.kind, 'zookeeper');
  t.regex(parseMaster('zk://a:2181').error ?? '', /Expecting a \(chroot\) path/);
  t.regex(parseMaster('file:///no/such/file').error ?? '', /Cannot read where the masters are/);
  t.is(schedulerMaster('master@a:1,b'), 'a:1,b:5050');
  t.deepEqual(schedulerMaster('http://a:1/'), ['http://a:1']);
  t.deepEqual(schedulerMaster('https://a,https://b:1'), ['https://a:5050', 'https://b:1']);
  t.is(schedulerMaster('zk://a:1/mesos'), 'zk://a:1/mesos');
});

test('when nobody knows in time which master leads, a command says why', async (t) => {
  const options = { code: 'CLI_TIMED_OUT', message: /No leading master was found in 100 ms/ };
  await t.throwsAsync(masterLocation('zk://127.0.0.1:1/mesos', 100), options);
});

for (const scheme of ['zk', 'etcd']) {
  test(`a command says that ${scheme}:// is not there`, async (t) => {
    t.timeout(180_000);
    const master = `${scheme}://127.0.0.1:${await freePort()}/mesos`;
    let told = '';
    // What is refused is refused at once; a busy machine may take longer to hear of it.
    for (const timeoutMs of [1_000, 5_000, 30_000]) {
      if (!told.includes('ECONNREFUSED')) told = String(await t.throwsAsync(masterLocation(master, timeoutMs)));
    }
    t.regex(told, /No leading master was found in \d+ ms: .*ECONNREFUSED 127\.0\.0\.1:\d+$/);
  });
}
