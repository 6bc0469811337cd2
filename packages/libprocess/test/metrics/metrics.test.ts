import test from 'ava';
import { MetricsProcess, Runtime } from '../../src/index.ts';

test('a snapshot has every counter and gauge in order of name, without those that have no value now', (t) => {
  const { metrics } = new Runtime();
  const before = Object.keys(metrics.snapshot());
  t.deepEqual(before, before.toSorted());
  metrics.counter('z/count').increment();
  metrics.counter('z/count').increment(2);
  let value: number | undefined = 5;
  metrics.gauge('a/gauge', () => value);
  t.is(metrics.snapshot()['z/count'], 3);
  t.is(Object.keys(metrics.snapshot())[0], 'a/gauge');
  value = undefined;
  t.false('a/gauge' in metrics.snapshot());
  metrics.gauge('z/count', () => 7);
  t.is(metrics.snapshot()['z/count'], 7);
  t.true(metrics.remove('z/count'));
  t.false(metrics.remove('z/count'));
  t.false('z/count' in metrics.snapshot());
});

test('metrics are served as JSON, or as a script for those who ask for one', async (t) => {
  await using runtime = new Runtime();
  runtime.spawn(new MetricsProcess());
  const { status, body } = await runtime.inject({ url: '/metrics/snapshot' });
  const served = JSON.parse(body.toString()) as Record<string, number>;
  t.is(status, 200);
  t.is(served['libprocess/actors'], 1);
  const script = await runtime.inject({ url: '/metrics/snapshot?jsonp=f' });
  t.regex(script.body.toString(), /^f\(\{.*\}\)$/s);
  t.is(script.headers['content-type'], 'text/javascript');
});
