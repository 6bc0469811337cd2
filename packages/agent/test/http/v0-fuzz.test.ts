import test from 'ava';
import { Mutator } from '@mesos-ts/daemon/testing';
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
  const mutator = new Mutator(7);
  const statuses = new Map<number, number>();
  for (let round = 0; round < 100; round++) {
    const sent = Array.from({ length: 100 }, () => {
      const template = mutator.pick(templates);
      const isDamaged = mutator.below(2) === 0;
      const url = isDamaged ? `/${mutator.bytes(Buffer.from(template.url.slice(1))).toString('latin1')}` : template.url;
      const method = mutator.below(10) === 0 ? mutator.pick(['GET', 'POST', 'PATCH', 'HEAD']) : template.method;
      return { method, url, body: mutator.bytes(Buffer.from('path=/slave/log&offset=0')) };
    });
    const answers = sent.map((request) => cluster.agent.runtime.inject(request));
    await cluster.clock.settle();
    for (const [index, answer] of answers.entries()) {
      const { status } = await answer;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (![200, 400, 404, 405].includes(status)) t.fail(`${status} for ${JSON.stringify(sent[index])}`);
    }
  }
  t.deepEqual(await cluster.state(), before);
  t.true(
    (statuses.get(200) ?? 0) > 1000 && (statuses.get(404) ?? 0) > 1000,
    `both happen: ${JSON.stringify([...statuses])}`,
  );
});
