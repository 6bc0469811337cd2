import test from 'ava';
import { StandaloneDetector, parseMasterAddress, parseMasters } from '../src/master-address.ts';

test('a master is given as host and port, or as a PID', (t) => {
  t.deepEqual(parseMasterAddress('10.0.0.1:5050').value, { id: 'master', host: '10.0.0.1', port: 5050 });
  t.deepEqual(parseMasterAddress('m.example:5050').value, { id: 'master', host: 'm.example', port: 5050 });
  t.deepEqual(parseMasterAddress('master@10.0.0.1:5050').value, { id: 'master', host: '10.0.0.1', port: 5050 });
  for (const bad of ['', 'm', 'm:x', 'm:70000', 'm:0', '@m:1', '/etc/master', 'http://x']) {
    t.truthy(parseMasterAddress(bad).error, bad);
  }
});

test('masters are given as a list, or by who knows which of them leads', (t) => {
  t.is(parseMasters('10.0.0.1:5050').value?.kind, 'standalone');
  t.is(parseMasters('zk://a:1,b:2/mesos').value?.kind, 'zookeeper');
  t.is(parseMasters('10.0.0.1:5050,10.0.0.2:5050').value?.kind, 'built-in');
  t.regex(parseMasters('zk://a:1').error ?? '', /Expecting a \(chroot\) path/);
  t.regex(parseMasters('file:///no/such').error ?? '', /Cannot read where the masters are/);
  t.regex(parseMasters('m').error ?? '', /Expecting 'HOST:PORT' or 'master@IP:PORT'/);
});

test('the name of a master is looked up each time it is needed', async (t) => {
  const answers = ['10.0.0.1', '10.0.0.9'];
  const detector = new StandaloneDetector({ id: 'master', host: 'm.example', port: 5050 }, () =>
    Promise.resolve(answers.shift() ?? ''),
  );
  t.is((await detector.detect()).toString(), 'master@10.0.0.1:5050');
  const again = await detector.detect();
  t.is(again.toString(), 'master@10.0.0.9:5050');
  t.is(await detector.hostname(again), 'm.example');
});

test('a name that cannot be looked up is an error that says so', async (t) => {
  const detector = new StandaloneDetector({ id: 'master', host: 'm.example', port: 5050 }, () =>
    Promise.reject(new Error('no such host')),
  );
  await t.throwsAsync(detector.detect(), { code: 'AGENT_MASTER_ADDRESS_INVALID' });
});
