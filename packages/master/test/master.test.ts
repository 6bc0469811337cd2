import test from 'ava';
import { PID, Process } from '@mesos-ts/libprocess';
import { commandTask, TestCluster } from '../src/testing/index.ts';
import type { SchedulerCall, SchedulerEvent } from '@mesos-ts/protocol';
import { must } from './must.ts';

class Nothing extends Process {}

test('a framework is offered an agent, launches a task on it and hears how it goes', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler();
  const offer = must(scheduler.offers[0]);
  scheduler.launch(offer, [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  for (const state of ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED'] as const) {
    agent.update('M-0000', 't1', state);
    await cluster.clock.settle();
  }
  t.deepEqual(
    scheduler.statuses.map((status) => status.state),
    ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED'],
  );
});

test('a scheduler may come in by another door than that of actors, and is told why a call is refused', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const events: SchedulerEvent[] = [];
  let closed = 0;
  const connection = {
    key: 'stream-1',
    pid: undefined,
    send: (event: SchedulerEvent) => void events.push(event),
    close: () => void closed++,
  };
  const { runtime } = cluster;
  const receive = (call: SchedulerCall): Promise<string | undefined> =>
    runtime.dispatch(cluster.master.pid, 'receive', [call, connection]);
  const framework_info = { user: 'u', name: 'http', capabilities: [] };
  t.is(await receive({ type: 'SUBSCRIBE', subscribe: { framework_info } }), undefined);
  await cluster.clock.settle();
  t.deepEqual(
    events.map((event) => event.type),
    ['SUBSCRIBED', 'HEARTBEAT', 'OFFERS'],
  );
  const framework_id = { value: 'M-0000' };
  t.is(await receive({ framework_id, type: 'KILL' }), "Expecting 'kill' to be present");
  t.is(await receive({ framework_id: { value: 'x' }, type: 'REVIVE' }), 'Framework cannot be found');
  t.like(await cluster.get('/frameworks'), { frameworks: [{ id: 'M-0000', role: '*' }] });
  t.is(await receive({ framework_id, type: 'TEARDOWN' }), undefined);
  t.is(closed, 1);
});

test('a stream that ends is a framework that disconnects', async (t) => {
  await using cluster = await TestCluster.start();
  const connection = { key: 's', pid: undefined, send: () => undefined, close: () => undefined };
  const framework_info = { user: 'u', name: 'http', failover_timeout: 10 };
  const call = { type: 'SUBSCRIBE', subscribe: { framework_info } } as const;
  await cluster.runtime.dispatch(cluster.master.pid, 'receive', [call, connection]);
  cluster.runtime.tell(cluster.master.pid, 'disconnected', 's');
  await cluster.clock.settle();
  t.is(cluster.metric('master/frameworks_disconnected'), 1);
  await cluster.clock.advance(10_000);
  t.is(cluster.metric('master/frameworks_disconnected'), 0);
});

test('the master ends with its allocator, and its allocator with it', async (t) => {
  const broken = await TestCluster.start();
  const allocator = new PID('hierarchical-allocator', broken.runtime.address);
  broken.runtime.terminate(allocator);
  await broken.clock.settle();
  t.is(await broken.master.ended, 'failed');
  await broken[Symbol.asyncDispose]();
  const closed = await TestCluster.start();
  await closed.master.close();
  t.false(closed.runtime.has('hierarchical-allocator'));
  t.is(await closed.master.ended, 'closed');
  closed.runtime.spawn(new Nothing('master'));
  await closed[Symbol.asyncDispose]();
});

test('nothing is left waiting when everything is gone', async (t) => {
  const cluster = await TestCluster.start({ flags: { offer_timeout: 60_000 } });
  await cluster.agent();
  const machine = await cluster.scheduler({ info: { failover_timeout: 100 } });
  await cluster.kill(machine);
  await cluster[Symbol.asyncDispose]();
  t.is(cluster.clock.timers, 0);
});
