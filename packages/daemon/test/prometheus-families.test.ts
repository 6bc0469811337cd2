import { prometheusText, Runtime } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { prometheusFamily } from '../src/prometheus-families.ts';

const cases: readonly (readonly [metric: string, name: string, labels: Record<string, string>])[] = [
  ['master/frameworks/web%2Fshop/M-1/calls', 'master/framework_calls', { framework: 'web/shop', framework_id: 'M-1' }],
  [
    'master/frameworks//M-1/calls/accept',
    'master/framework_calls_by_type',
    { framework: '', framework_id: 'M-1', type: 'accept' },
  ],
  [
    'master/frameworks/a/M-1/roles/eng/ads/suppressed',
    'master/framework_suppressed',
    { framework: 'a', framework_id: 'M-1', role: 'eng/ads' },
  ],
  [
    'master/frameworks/a/M-1/tasks/terminal/task_lost',
    'master/framework_tasks_terminal',
    { framework: 'a', framework_id: 'M-1', state: 'task_lost' },
  ],
  [
    'master/task_failed/source_executor/reason_executor_terminated',
    'master/task_ends',
    { state: 'task_failed', source: 'source_executor', reason: 'reason_executor_terminated' },
  ],
  ['master/operations/reserve/pending', 'master/operations_by_type', { type: 'reserve', state: 'pending' }],
  ['allocator/mesos/roles/eng/ads/shares/dominant', 'allocator/mesos/role_dominant_share', { role: 'eng/ads' }],
  ['allocator/mesos/offer_filters/roles/*/active', 'allocator/mesos/role_offer_filters', { role: '*' }],
  ['frameworks/ann/messages_received', 'principal_messages_received', { principal: 'ann' }],
];

test('names that say what they are about become families with labels', (t) => {
  for (const [metric, name, labels] of cases) t.like(prometheusFamily(metric), { name, labels }, metric);
});

test('other names stay whole', (t) => {
  for (const name of [
    'master/tasks_failed',
    'master/operations/pending',
    'slave/cpus_used',
    'master/frameworks_active',
  ]) {
    t.is(prometheusFamily(name), undefined, name);
  }
});

test('each family is told once in the exposition, with a sample for each framework', async (t) => {
  const { metrics } = new Runtime({ clock: new TestClock() });
  metrics.counter('master/frameworks/a/M-1/calls').increment(2);
  metrics.counter('master/frameworks/say%20%22b%22/M-2/calls').increment(3);
  const text = prometheusText(await metrics.collect(), { prefix: 'mesos', family: prometheusFamily });
  t.deepEqual(
    text.split('\n').filter((line) => line.includes('framework_calls')),
    [
      '# HELP mesos_master_framework_calls_total Calls of a framework.',
      '# TYPE mesos_master_framework_calls_total counter',
      'mesos_master_framework_calls_total{framework="a",framework_id="M-1"} 2',
      String.raw`mesos_master_framework_calls_total{framework="say \"b\"",framework_id="M-2"} 3`,
    ],
  );
});
