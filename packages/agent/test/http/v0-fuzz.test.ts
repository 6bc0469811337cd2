import test from 'ava';
import fc from 'fast-check';
import { bombard, Mutator } from '@mesos-ts/daemon/testing';
import { startCluster } from '../support/cluster.ts';

const containerId = 'no-container';

/** A right request of every endpoint of version 0 that agents have, those of files among them. */
const templates: readonly { readonly method: string; readonly url: string }[] = [
  { method: 'GET', url: '/state' },
  { method: 'GET', url: '/slave(1)/state?jsonp=f' },
  { method: 'GET', url: '/flags' },
  { method: 'GET', url: '/health' },
  { method: 'GET', url: `/containers?show_nested=true&show_standalone=false&container_id=${containerId}` },
  { method: 'GET', url: '/containerizer/debug' },
  { method: 'GET', url: '/monitor/statistics?jsonp=f' },
  { method: 'GET', url: '/files/browse?path=/slave/log&jsonp=f' },
  { method: 'GET', url: '/files/read?path=/slave/log&offset=1&length=5' },
  { method: 'GET', url: '/files/download?path=/slave/log' },
  { method: 'GET', url: '/files/debug' },
  { method: 'GET', url: '/metrics/snapshot?timeout=1ms' },
  { method: 'GET', url: '/help/slave(1)/state?format=json' },
  { method: 'GET', url: '/__processes__' },
  { method: 'GET', url: '/version' },
];

test('10,000 damaged requests of version 0 are answered without an error of the agent, and change nothing', async (t) => {
  t.timeout(300_000);
  await using cluster = await startCluster({ flags: { external_log_file: import.meta.filename } });
  await cluster.run('t1');
  const before = await cluster.state();
  const [seed = 0] = fc.sample(fc.nat(), 1);
  const mutator = new Mutator(seed);
  const outcome = await bombard({
    count: 10_000,
    next: () => ({
      ...mutator.target(mutator.pick(templates)),
      body: mutator.bytes(Buffer.from('path=/slave/log&offset=0')),
    }),
    send: (request) => cluster.agent.runtime.inject(request),
    settle: () => cluster.clock.settle(),
  });
  t.deepEqual(await cluster.state(), before);
  const { count, unexpected } = await outcome([200, 400, 404, 405]);
  t.deepEqual(unexpected, []);
  t.true(count(200) > 1000 && count(404) > 1000, `both happen: ${count(200)}, ${count(404)}`);
});
