import { BasicAuthenticator, Runtime, WebSocketTransport, deferred } from '@mesos-ts/libprocess';
import type { Offer, OperationStatus, TaskStatus } from '@mesos-ts/protocol';
import { Scheduler, runScheduler, spawnScheduler } from '@mesos-ts/scheduler';
import type { SchedulerOptions } from '@mesos-ts/scheduler';
import test from 'ava';
import { schedulerRealm } from '../../src/constants.ts';
import { startMaster } from '../../src/start-master.ts';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { injectFetch } from './inject-fetch.ts';

class OneTask extends Scheduler {
  readonly seen: string[] = [];

  protected override offers(offers: readonly Offer[]): void {
    for (const offer of offers) {
      this.seen.push('offer');
      if (this.seen.includes('launched')) this.decline(offer);
      else this.launch(offer, commandTask('t1', offer.agent_id.value));
      this.seen.push('launched');
    }
  }
  protected override update({ message, state }: TaskStatus): void {
    this.seen.push(message === undefined ? state : `${state}: ${message}`);
  }
  protected override updateOperation({ message, operation_id, state }: OperationStatus): void {
    this.seen.push(`${operation_id?.value}: ${state}: ${message}`);
  }
  protected override disconnected(): void {
    this.seen.push('disconnected');
  }
  protected override resubscribed(): void {
    this.seen.push('resubscribed');
  }
}

type Way = 'actor' | 'application/json' | 'application/x-protobuf';

async function running(
  cluster: TestCluster,
  way: Way,
  framework: object = {},
  fetch = injectFetch(cluster.runtime),
): Promise<OneTask> {
  const options: Pick<SchedulerOptions, 'http' | 'master'> =
    way === 'actor' ? { master: cluster.masterPid } : { master: 'http://master:5050', http: { type: way, fetch } };
  const scheduler = new OneTask({ ...options, framework: { name: 'sdk', user: 'nobody', ...framework } });
  spawnScheduler(await cluster.machine(), scheduler);
  await cluster.clock.settle();
  return scheduler;
}

for (const way of ['actor', 'application/json', 'application/x-protobuf'] as const) {
  test(`the same scheduler launches a task and hears of it as ${way}, and tears its framework down`, async (t) => {
    await using cluster = await TestCluster.start();
    const { actor: agent } = await cluster.agent();
    const scheduler = await running(cluster, way);
    t.deepEqual(scheduler.seen, ['offer', 'launched']);
    t.is(agent.of('mesos.internal.RunTaskMessage').length, 1);
    const id = scheduler.frameworkId?.value ?? '';
    for (const state of ['TASK_RUNNING', 'TASK_FINISHED'] as const) agent.update(id, 't1', state);
    await cluster.clock.settle();
    t.deepEqual(scheduler.seen.slice(2, 4), ['TASK_RUNNING', 'TASK_FINISHED']);
    t.is(agent.of('mesos.internal.StatusUpdateAcknowledgementMessage').length, 2);
    scheduler.kill({ value: 'no such task' });
    await cluster.clock.settle();
    t.true(scheduler.seen.some((text) => text.startsWith('TASK_LOST')));
    scheduler.seen.splice(0);
    scheduler.reconcileOperations([{ operation_id: { value: 'o' } }]);
    await cluster.clock.settle();
    t.deepEqual(scheduler.seen, [
      "o: OPERATION_UNKNOWN: Reconciliation: Operation is unknown and no 'agent_id' was provided",
    ]);
    scheduler.stop();
    await scheduler.ended;
    await cluster.clock.settle();
    t.is(cluster.metric('master/frameworks_active'), 0);
    t.is(agent.of('mesos.internal.ShutdownFrameworkMessage').length, 1);
  });
}

test('over HTTP a framework outlives the loss of its stream, and its scheduler takes it up again', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const connections: AbortController[] = [];
  const inject = injectFetch(cluster.runtime);
  const fetch: typeof inject = (url, request) => {
    const connection = new AbortController();
    connections.push(connection);
    request.signal.addEventListener('abort', () => {
      connection.abort();
    });
    return inject(url, { ...request, signal: connection.signal });
  };
  const scheduler = await running(cluster, 'application/json', { failover_timeout: 3_600 }, fetch);
  const id = scheduler.frameworkId?.value ?? '';
  connections[0]?.abort();
  await cluster.clock.settle();
  t.is(scheduler.seen.at(-1), 'disconnected');
  t.is(cluster.metric('master/frameworks_connected'), 0);
  await cluster.clock.advance(60_000);
  t.is(scheduler.frameworkId?.value, id);
  agent.update(id, 't1', 'TASK_RUNNING');
  await cluster.clock.settle();
  t.deepEqual(
    scheduler.seen.filter((text) => text !== 'offer' && text !== 'launched'),
    [
      'disconnected',
      'resubscribed',
      // What the master answers to RECONCILE of the task that is known, and of all.
      'TASK_STAGING: Reconciliation: Latest task state',
      'TASK_STAGING: Reconciliation: Latest task state',
      'TASK_RUNNING',
    ],
  );
  t.is(agent.of('mesos.internal.StatusUpdateAcknowledgementMessage').length, 1);
});

test('a scheduler over HTTP whose framework another one takes over ends, and does not take it back', async (t) => {
  await using cluster = await TestCluster.start();
  const first = await running(cluster, 'application/json', { failover_timeout: 60 });
  const { frameworkId: id } = first;
  const second = await running(cluster, 'application/x-protobuf', { failover_timeout: 60, id });
  await t.throwsAsync(first.ended, { code: 'SCHEDULER_REFUSED', message: /failed over/i });
  await cluster.clock.advance(120_000);
  t.true(second.connected);
  t.is(cluster.metric('master/frameworks_connected'), 1);
});

test('over HTTP as over an actor, a framework that the master does not want is told why', async (t) => {
  await using cluster = await TestCluster.start({ flags: { roles: ['a'] } });
  for (const way of ['actor', 'application/json'] as const) {
    const scheduler = await running(cluster, way, { roles: ['b'] });
    await t.throwsAsync(scheduler.ended, { code: 'SCHEDULER_REFUSED', message: /role/i }, way);
  }
});

test('a scheduler over HTTP proves who it is with its credential, and ends when the master does not believe it', async (t) => {
  await using cluster = await TestCluster.start();
  const authenticator = new BasicAuthenticator(schedulerRealm, { ann: 'secret' });
  cluster.runtime.http.setAuthenticator(schedulerRealm, authenticator);
  const runtime = await cluster.machine();
  const spawned = async (secret: string): Promise<OneTask> => {
    const scheduler = new OneTask({
      master: 'http://master:5050',
      framework: { name: 'sdk', user: 'nobody' },
      credential: { principal: 'ann', secret },
      http: { fetch: injectFetch(cluster.runtime) },
    });
    spawnScheduler(runtime, scheduler);
    await cluster.clock.settle();
    return scheduler;
  };
  t.true((await spawned('secret')).connected);
  t.like(await cluster.get('/frameworks'), { frameworks: [{ principal: 'ann' }] });
  const refused = await spawned('wrong');
  await t.throwsAsync(refused.ended, { code: 'SCHEDULER_REFUSED', message: /401/ });
});

/** A master on a socket; 0 lets the system choose the port. */
async function startOnPort(port: number): Promise<{ port: number; close: () => Promise<void> }> {
  const transport = new WebSocketTransport({ ip: '127.0.0.1', port });
  const runtime = await new Runtime({ transport, delegate: 'master' }).start();
  const master = await startMaster({ runtime, flags: { hostname: 'localhost' } });
  const close = async (): Promise<void> => {
    await master.close();
    await runtime.close();
  };
  return { port: Number(runtime.address.split(':').at(-1)), close };
}

test('over sockets a scheduler finds the master again that was restarted, under the same id', async (t) => {
  const first = await startOnPort(0);
  const events: string[] = [];
  const gates = { subscribed: deferred<void>(), disconnected: deferred<void>(), resubscribed: deferred<void>() };
  class Recorder extends OneTask {
    protected override subscribed(): void {
      events.push('subscribed');
      gates.subscribed.resolve();
    }
    protected override disconnected(): void {
      events.push('disconnected');
      gates.disconnected.resolve();
    }
    protected override resubscribed(): void {
      events.push('resubscribed');
      gates.resubscribed.resolve();
    }
  }
  const scheduler = new Recorder({
    master: `http://127.0.0.1:${first.port}`,
    framework: { name: 'sdk', user: 'nobody', failover_timeout: 60 },
    subscribeBackoffMs: 50,
  });
  const run = runScheduler(scheduler);
  await gates.subscribed.promise;
  const id = scheduler.frameworkId?.value;
  await first.close();
  await gates.disconnected.promise;
  const second = await startOnPort(first.port);
  t.teardown(second.close);
  await gates.resubscribed.promise;
  t.is(scheduler.frameworkId?.value, id);
  scheduler.stop();
  await run;
  t.deepEqual(events, ['subscribed', 'disconnected', 'resubscribed']);
});
