import test from 'ava';
import { TestCluster } from '../src/testing/index.ts';
import { parseRateLimits } from '../src/rate-limits.ts';

const rate_limits = {
  limits: [{ principal: 'slow', qps: 1, capacity: 2 }, { principal: 'free' }],
  aggregate_default_qps: 2,
};

async function processed(cluster: TestCluster, principal: string): Promise<number | undefined> {
  await cluster.clock.settle();
  return cluster.metric(`frameworks/${principal}/messages_processed`);
}

test('limits are read, and what cannot be meant is refused', (t) => {
  t.deepEqual(parseRateLimits(rate_limits).value, rate_limits);
  const problems: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ limits: [{ principal: 'a' }, { principal: 'a' }] }, /Duplicate principal a/],
    [{ limits: [{ principal: 'a', qps: 0 }] }, /Invalid qps: 0/],
    [{ limits: [{ qps: 1 }] }, /principal/],
    [{ aggregate_default_qps: -1 }, /Invalid aggregate_default_qps/],
    [{ limit: [] }, /'limit' is not known/],
  ];
  for (const [json, error] of problems) t.regex(parseRateLimits(json).error ?? '', error);
});

test('a framework that sends too fast is held back, in order, and refused when too much waits', async (t) => {
  await using cluster = await TestCluster.start({ flags: { rate_limits } });
  const { actor } = await cluster.scheduler({ info: { principal: 'slow' } });
  t.is(await processed(cluster, 'slow'), 0);
  for (let index = 0; index < 5; index++) actor.call({ type: 'SUPPRESS' });
  // Of those that come together two are as many as may wait, even if the first need not wait long.
  t.is(await processed(cluster, 'slow'), 1);
  t.is(cluster.metric('frameworks/slow/messages_received'), 5);
  t.deepEqual(
    actor.of('ERROR').map(({ error }) => error?.message),
    Array.from({ length: 3 }, () => 'Message mesos.v1.scheduler.Call dropped: capacity(2) exceeded'),
  );
  await cluster.clock.advance(1000);
  t.is(await processed(cluster, 'slow'), 2);
  await cluster.clock.advance(10_000);
  t.is(await processed(cluster, 'slow'), 2);
  t.is(cluster.metric('master/messages_suppress_offers'), 2);
});

test('principals that are not listed share a limit; one without a rate has none', async (t) => {
  await using cluster = await TestCluster.start({ flags: { rate_limits } });
  const free = await cluster.scheduler({ info: { principal: 'free' } });
  const one = await cluster.scheduler({ info: { principal: 'one' } });
  const two = await cluster.scheduler({});
  for (const { actor } of [free, one, two]) {
    for (let index = 0; index < 4; index++) actor.call({ type: 'SUPPRESS' });
  }
  t.is(await processed(cluster, 'free'), 4);
  t.is(cluster.metric('master/messages_suppress_offers'), 5);
  await cluster.clock.advance(4000);
  t.is(cluster.metric('master/messages_suppress_offers'), 12);
  t.is(two.actor.of('ERROR').length, 0);
});

test('the end of a connection does not come before what waits', async (t) => {
  await using cluster = await TestCluster.start({ flags: { rate_limits } });
  const slow = await cluster.scheduler({ info: { principal: 'slow' } });
  for (let index = 0; index < 2; index++) slow.actor.call({ type: 'SUPPRESS' });
  await cluster.clock.settle();
  await cluster.kill(slow);
  t.is(cluster.metric('master/frameworks_connected'), 1);
  await cluster.clock.advance(3000);
  t.is(cluster.metric('master/messages_suppress_offers'), 2);
  t.is(cluster.metric('master/frameworks_connected'), 0);
});

test('frameworks over HTTP are not held back; their metrics are there', async (t) => {
  await using cluster = await TestCluster.start({ flags: { rate_limits } });
  const scheduler = await cluster.httpScheduler({ info: { principal: 'slow' } });
  for (let index = 0; index < 5; index++) t.is((await scheduler.call({ type: 'SUPPRESS' })).status, 202);
  t.is(cluster.metric('master/messages_suppress_offers'), 5);
  t.is(cluster.metric('frameworks/slow/messages_received'), 0);
  await scheduler.call({ type: 'TEARDOWN' });
  t.is(await processed(cluster, 'slow'), 0);
});

test('metrics of principals go with the last framework that is remembered', async (t) => {
  await using cluster = await TestCluster.start({ flags: { max_completed_frameworks: 1 } });
  for (const principal of ['one', 'two']) {
    const { actor } = await cluster.scheduler({ info: { principal } });
    actor.call({ type: 'TEARDOWN' });
    t.is(await processed(cluster, principal), 1);
  }
  t.is(cluster.metric('frameworks/one/messages_received'), undefined);
});
