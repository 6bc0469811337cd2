import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { documentedMetrics } from '@mesos-ts/daemon/testing';
import { frameworkMetricPrefix } from '../src/framework-metrics.ts';
import { commandTask, TestCluster } from '../src/testing/index.ts';
import { must } from './must.ts';

const page = fileURLToPath(new URL('../../../../docs/metrics.md', import.meta.url));

async function snapshot(cluster: TestCluster): Promise<Record<string, number>> {
  return (await cluster.get('/metrics/snapshot')) as Record<string, number>;
}

/** Those of one framework, without what all of them begin with. */
function ofFramework(metrics: Readonly<Record<string, number>>, prefix: string): Record<string, number> {
  const own = Object.entries(metrics).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

test('docs/metrics.md tells of every metric of a master, and of no other', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const { actor } = await cluster.scheduler({ info: { principal: 'ann' } });
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')]);
  await cluster.clock.settle();
  agent.update('M-0000', 't', 'TASK_FAILED', { reason: 'REASON_COMMAND_EXECUTOR_FAILED' });
  await cluster.clock.advance(1000);
  const documented = documentedMetrics(readFileSync(page, 'utf8'), ['Master', 'Both']);
  const keys = Object.keys(await snapshot(cluster));
  t.deepEqual(
    keys.filter((key) => !documented.has(key)),
    [],
    'not documented',
  );
  t.deepEqual(
    documented.always.filter((key) => !keys.includes(key)),
    [],
    'not there',
  );
});

test('a framework has metrics of its calls, events, offers, operations and tasks, under its name and id', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const { actor } = await cluster.scheduler({ info: { name: 'web/shop ~1', roles: ['eng'] } });
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0', 'cpus:0.1;mem:32')]);
  await cluster.clock.settle();
  const prefix = 'master/frameworks/web%2Fshop%20%7E1/M-0000/';
  t.like(ofFramework(await snapshot(cluster), prefix), {
    subscribed: 1,
    calls: 2,
    'calls/subscribe': 1,
    'calls/accept': 1,
    'calls/kill': 0,
    'events/subscribed': 1,
    'events/heartbeat': 1,
    'offers/sent': 1,
    'offers/accepted': 1,
    operations: 1,
    'operations/launch': 1,
    'operations/reserve': 0,
    'tasks/active/task_staging': 1,
    'roles/eng/suppressed': 0,
  });
  agent.update('M-0000', 't', 'TASK_RUNNING');
  agent.update('M-0000', 't', 'TASK_FAILED');
  actor.call({ type: 'SUPPRESS' });
  await cluster.clock.settle();
  const after = ofFramework(await snapshot(cluster), prefix);
  t.like(after, {
    'tasks/active/task_staging': 0,
    'tasks/active/task_running': 0,
    'tasks/terminal/task_failed': 1,
    'events/update': 2,
    'roles/eng/suppressed': 1,
  });
  t.is(
    after['events'],
    Object.entries(after).reduce((sum, [key, n]) => (key.startsWith('events/') ? sum + n : sum), 0),
  );
});

test('offers that are declined and rescinded are counted for their framework', async (t) => {
  await using cluster = await TestCluster.start({ flags: { offer_timeout: 5_000 } });
  await cluster.agent();
  const { actor } = await cluster.scheduler();
  const offer_ids = [must(actor.offers[0]).id];
  actor.call({ type: 'DECLINE', decline: { offer_ids, filters: { refuse_seconds: 1 } } });
  await cluster.clock.advance(10_000);
  t.like(ofFramework(await snapshot(cluster), 'master/frameworks/test/M-0000/'), {
    'offers/declined': 1,
    'offers/rescinded': 1,
  });
});

test('the metrics of a framework stay as long as it is remembered', async (t) => {
  await using cluster = await TestCluster.start({ flags: { max_completed_frameworks: 1 } });
  const first = await cluster.scheduler();
  const prefix = 'master/frameworks/test/M-0000/';
  first.actor.call({ type: 'TEARDOWN' });
  await cluster.clock.settle();
  const over = ofFramework(await snapshot(cluster), prefix);
  t.like(over, { subscribed: 0, 'calls/teardown': 1 });
  t.false('roles/*/suppressed' in over);
  const second = await cluster.scheduler();
  second.actor.call({ type: 'TEARDOWN' });
  await cluster.clock.settle();
  t.deepEqual(ofFramework(await snapshot(cluster), prefix), {});
  t.like(ofFramework(await snapshot(cluster), 'master/frameworks/test/M-0001/'), { subscribed: 0 });
});

test('frameworks have no metrics of their own where nobody wants them', async (t) => {
  await using cluster = await TestCluster.start({ flags: { publish_per_framework_metrics: false } });
  await cluster.scheduler();
  const keys = Object.keys(await snapshot(cluster));
  t.deepEqual(
    keys.filter((key) => key.startsWith('master/frameworks/')),
    [],
  );
});

test('names of frameworks are percent-encoded in keys, half a character and all', (t) => {
  t.is(frameworkMetricPrefix('a/b ~ü', 'F'), 'master/frameworks/a%2Fb%20%7E%C3%BC/F/');
  t.is(frameworkMetricPrefix('a\uD800', 'F'), 'master/frameworks/a%EF%BF%BD/F/');
});

test('what waits for the master and the allocator is counted by kind', async (t) => {
  await using cluster = await TestCluster.start();
  const { metrics } = cluster.runtime;
  const request = cluster.runtime.inject({ url: '/master/state' });
  cluster.runtime.tell(cluster.master.pid, 'offer', [], []);
  const waiting = metrics.snapshot();
  t.is(waiting['master/event_queue_dispatches'], 1);
  t.is(waiting['allocator/mesos/event_queue_dispatches'], 0);
  await request;
  const later = metrics.snapshot();
  t.is(later['master/event_queue_dispatches'], 0);
  t.is(later['master/event_queue_http_requests'], 0);
  t.is(later['master/event_queue_messages'], 0);
});

test('tasks of an agent that is gone count as unreachable for frameworks that know such tasks, as lost for others', async (t) => {
  await using cluster = await TestCluster.start();
  const { runtime } = await cluster.agent({ resources: 'cpus:4;mem:1024' });
  const capabilities = [{ type: 'MULTI_ROLE' }, { type: 'PARTITION_AWARE' }] as const;
  const aware = await cluster.scheduler({ info: { capabilities: [...capabilities], checkpoint: true } });
  aware.actor.launch(must(aware.actor.offers[0]), [commandTask('t', 'M-S0')]);
  await cluster.clock.advance(2000);
  const other = await cluster.scheduler({ info: { capabilities: [{ type: 'MULTI_ROLE' }], checkpoint: true } });
  await cluster.clock.advance(2000);
  other.actor.launch(must(other.actor.offers[0]), [commandTask('t', 'M-S0')]);
  await cluster.clock.settle();
  await runtime.close();
  await cluster.clock.advance(11 * 60_000);
  t.like(await snapshot(cluster), {
    'master/tasks_unreachable': 1,
    'master/tasks_lost': 1,
    'master/frameworks/test/M-0000/tasks/active/task_unreachable': 1,
    'master/frameworks/test/M-0001/tasks/active/task_unreachable': 0,
    'master/frameworks/test/M-0001/tasks/terminal/task_lost': 1,
  });
});
