import test from 'ava';
import { PID, Process } from '@mesos-ts/libprocess';
import { commandTask, TestCluster } from '../src/testing/index.ts';
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

test('the master ends with its allocator, and its allocator with it', async (t) => {
  const broken = await TestCluster.start();
  const allocator = new PID('allocator', broken.runtime.address);
  broken.runtime.terminate(allocator);
  await broken.clock.settle();
  t.is(await broken.master.ended, 'failed');
  await broken[Symbol.asyncDispose]();
  const closed = await TestCluster.start();
  await closed.master.close();
  t.false(closed.runtime.has('allocator'));
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
