import test from 'ava';
import * as fc from 'fast-check';
import { Metric, Runtime, prometheusText } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { parseExposition } from './exposition.ts';
import type { MetricFamily, Metrics } from '../../src/index.ts';

function fresh(): { clock: TestClock; metrics: Metrics } {
  const clock = new TestClock();
  const { metrics } = new Runtime({ clock });
  for (const name of Object.keys(metrics.snapshot())) metrics.remove(name);
  return { clock, metrics };
}

async function expose(metrics: Metrics): Promise<string> {
  return prometheusText(await metrics.collect());
}

test('counters end with _total, gauges keep their name, and letters that names cannot have become underscores', async (t) => {
  const { metrics } = fresh();
  metrics.counter('master/messages_kill_task').increment(2);
  metrics.counter('requests_total').increment();
  metrics.gauge('system/load_1min', () => 0.25);
  metrics.pushGauge('4th/größe', { help: 'Back\\slash\nand line' }).set(-1e21);
  t.is(
    await expose(metrics),
    [
      '# HELP _4th_gr__e Back\\\\slash\\nand line',
      '# TYPE _4th_gr__e gauge',
      '_4th_gr__e -1e+21',
      '# HELP master_messages_kill_task_total master/messages_kill_task',
      '# TYPE master_messages_kill_task_total counter',
      'master_messages_kill_task_total 2',
      '# HELP requests_total requests_total',
      '# TYPE requests_total counter',
      'requests_total 1',
      '# HELP system_load_1min system/load_1min',
      '# TYPE system_load_1min gauge',
      'system_load_1min 0.25',
      '',
    ].join('\n'),
  );
});

test('a timer is a summary: quantiles of its window, sum and count of all time', async (t) => {
  const { clock, metrics } = fresh();
  const timer = metrics.timer('registrar/store', { windowMs: 60_000 });
  const summary = async (): Promise<unknown[]> =>
    parseExposition(await expose(metrics))
      .get('registrar_store_ms')
      ?.samples.map(({ labels, name, value }) => [name, labels['quantile'], value]) ?? [];
  t.deepEqual(await summary(), [
    ['registrar_store_ms_sum', undefined, 0],
    ['registrar_store_ms_count', undefined, 0],
  ]);
  for (const durationMs of [10, 20, 30]) {
    timer.start();
    await clock.advance(durationMs);
    timer.stop();
  }
  t.deepEqual((await summary()).slice(0, 2), [
    ['registrar_store_ms', '0.5', 20],
    ['registrar_store_ms', '0.9', 28],
  ]);
  await clock.advance(120_000);
  t.deepEqual(await summary(), [
    ['registrar_store_ms_sum', undefined, 60],
    ['registrar_store_ms_count', undefined, 3],
  ]);
});

test('metrics whose names become the same are one family, told apart by a label', async (t) => {
  const { metrics } = fresh();
  metrics.gauge('roles/a-b/share', () => 1);
  metrics.gauge('roles/a"b\\/share', () => 2);
  metrics.gauge('roles/a_b/share', () => 3);
  const families = parseExposition(await expose(metrics));
  t.deepEqual(families.get('roles_a_b_share')?.samples, [
    { name: 'roles_a_b_share', labels: { name: 'roles/a-b/share' }, value: 1 },
    { name: 'roles_a_b_share', labels: { name: 'roles/a_b/share' }, value: 3 },
  ]);
  t.is(families.get('roles_a_b__share')?.samples[0]?.value, 2);
});

test('names that a summary needs for itself, or another type has, are evaded', async (t) => {
  const { metrics } = fresh();
  metrics.gauge('a_ms_sum', () => 1);
  metrics.timer('a');
  metrics.timer('b');
  metrics.gauge('b_ms_count', () => 2);
  metrics.gauge('c_total', () => 3);
  metrics.counter('c').increment(4);
  const families = parseExposition(await expose(metrics));
  t.deepEqual(
    [...families].map(([name, { type, samples }]) => [name, type, samples.length]),
    [
      ['a_ms', 'summary', 2],
      ['a_ms_sum_', 'gauge', 1],
      ['b_ms', 'summary', 2],
      ['b_ms_count_', 'gauge', 1],
      ['c_total', 'counter', 1],
      ['c_total_', 'gauge', 1],
    ],
  );
});

test('numbers that JSON does not have are told, metrics without a value are not', async (t) => {
  const { metrics } = fresh();
  for (const [name, value] of [
    ['inf', Number.POSITIVE_INFINITY],
    ['minus', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
    ['none', undefined],
  ] as const) {
    metrics.gauge(name, () => value);
  }
  t.deepEqual(
    [...parseExposition(await expose(metrics)).values()].map(({ samples }) => samples[0]?.value),
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
  );
  t.is(prometheusText([]), '');
});

test('whatever metrics are called, a strict reader takes the exposition and finds every one of them', async (t) => {
  const { metrics } = fresh();
  const names = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), { numRuns: 500 });
  let made = 0;
  for (const [index, name] of names.entries()) {
    try {
      if (index % 3 === 0) metrics.counter(name).increment(index);
      else if (index % 3 === 1) metrics.pushGauge(name, { help: name }).set(index / 7);
      else metrics.timer(name, { help: name }).start();
      made++;
    } catch {
      // A name that no metric can have, or that is taken.
    }
  }
  t.true(made > 300);
  const readings = await metrics.collect();
  t.true(readings.every(({ metric }) => metric instanceof Metric));
  const samples = [...parseExposition(prometheusText(readings, { prefix: 'x' })).values()].flatMap(
    (family) => family.samples,
  );
  t.is(samples.filter(({ name }) => !name.endsWith('_sum')).length, readings.length);
});

function requestsBy(name: string): MetricFamily | undefined {
  const who = /^requests\/of\/(.*)$/.exec(name)?.[1];
  return who === undefined ? undefined : { name: 'requests/by', labels: { who }, help: 'Requests, by who.' };
}

test('metrics of a family differ by labels, and are told once; what is not of one stays whole', async (t) => {
  const { metrics } = fresh();
  metrics.counter('requests/of/ann').increment();
  metrics.counter('requests/of/ben').increment(2);
  metrics.counter('requests/all').increment(3);
  t.is(
    prometheusText(await metrics.collect(), { family: requestsBy }),
    [
      '# HELP requests_all_total requests/all',
      '# TYPE requests_all_total counter',
      'requests_all_total 3',
      '# HELP requests_by_total Requests, by who.',
      '# TYPE requests_by_total counter',
      'requests_by_total{who="ann"} 1',
      'requests_by_total{who="ben"} 2',
      '',
    ].join('\n'),
  );
});
