import test from 'ava';
import { TestCluster } from '../../src/testing/index.ts';

test('/registrar(1)/registry shows the master, the agents it let in and those it lost sight of', async (t) => {
  await using cluster = await TestCluster.start({ flags: { weights: 'eng=2' } });
  await cluster.agent();
  const second = await cluster.agent();
  const registry = async (): Promise<unknown> => cluster.get('/registrar(1)/registry');
  t.like(await registry(), {
    master: { info: { id: 'M', hostname: 'test-master', pid: 'master@10.0.0.1:5050' } },
    slaves: {
      slaves: [{ info: { id: { value: 'M-S0' }, hostname: 'test-agent' } }, { info: { id: { value: 'M-S1' } } }],
    },
    weights: [{ info: { role: 'eng', weight: 2 } }],
  });
  await second.runtime.close();
  await cluster.clock.advance(11 * 60_000);
  t.like(await registry(), {
    slaves: { slaves: [{ info: { id: { value: 'M-S0' } } }] },
    unreachable: { slaves: [{ id: { value: 'M-S1' } }] },
  });
});

test('the registry ends with its master', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.master.close();
  t.is((await cluster.runtime.inject({ url: '/registrar(1)/registry' })).status, 404);
});
