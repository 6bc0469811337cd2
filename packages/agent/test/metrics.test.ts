import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { documentedMetrics } from '@mesos-ts/daemon/testing';
import { startCluster } from './support/cluster.ts';

const page = fileURLToPath(new URL('../../../../docs/metrics.md', import.meta.url));

test('docs/metrics.md tells of every metric of an agent, and of no other', async (t) => {
  await using cluster = await startCluster();
  await cluster.run('task');
  const documented = documentedMetrics(readFileSync(page, 'utf8'), ['Agent', 'Both']);
  const { body } = await cluster.agent.runtime.inject({ url: '/metrics/snapshot' });
  const keys = Object.keys(JSON.parse(body.toString()) as object);
  // The containerizer of tests has no metrics.
  const others = documented.always.filter((key) => !/^containerizer\/(?:mesos\/container_|fetcher\/task)/.test(key));
  t.deepEqual(
    keys.filter((key) => !documented.has(key)),
    [],
    'not documented',
  );
  t.deepEqual(
    others.filter((key) => !keys.includes(key)),
    [],
    'not there',
  );
});
