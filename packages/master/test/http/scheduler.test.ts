import test from 'ava';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { must } from '../must.ts';
import { subscribe as subscribeOperator } from './operator-support.ts';
import type { SchedulerCall } from '@mesos-ts/protocol';

const uuid = new Uint8Array(16).fill(0x40);

/** The answer to a body that is posted to the scheduler API. */
async function post(
  cluster: TestCluster,
  body: object,
  headers: Record<string, string> = {},
): Promise<[status: number, text: string]> {
  const { status, body: text } = await cluster.runtime.inject({
    method: 'POST',
    url: '/master/api/v1/scheduler',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return [status, text.toString()];
}

for (const type of ['application/json', 'application/x-protobuf'] as const) {
  test(`a scheduler that speaks ${type} is offered an agent, launches a task, hears of it and leaves`, async (t) => {
    await using cluster = await TestCluster.start();
    const { actor: agent } = await cluster.agent();
    const scheduler = await cluster.httpScheduler({ type });
    t.deepEqual(
      scheduler.events.map((event) => event.type),
      ['SUBSCRIBED', 'OFFERS'],
    );
    t.like(scheduler.events[0]?.subscribed, {
      framework_id: { value: 'M-0000' },
      heartbeat_interval_seconds: 15,
      master_info: { id: 'M' },
    });
    t.is(scheduler.heartbeats, 1, 'one comes at once');
    const task_infos = [commandTask('t1', 'M-S0')];
    const offer_ids = [must(scheduler.offers[0]).id];
    const accept = { offer_ids, operations: [{ type: 'LAUNCH', launch: { task_infos } } as const] };
    t.deepEqual(await scheduler.call({ type: 'ACCEPT', accept }), { status: 202, text: '' });
    await cluster.clock.settle();
    const statusUuid = agent.update('M-0000', 't1', 'TASK_RUNNING');
    await cluster.clock.settle();
    const [status] = scheduler.statuses;
    t.like(status, { state: 'TASK_RUNNING', uuid: statusUuid });
    const acknowledge = { agent_id: { value: 'M-S0' }, task_id: { value: 't1' }, uuid: statusUuid };
    t.is((await scheduler.call({ type: 'ACKNOWLEDGE', acknowledge })).status, 202);
    await cluster.clock.settle();
    t.is(agent.of('mesos.internal.StatusUpdateAcknowledgementMessage').length, 1);
    t.is((await scheduler.call({ type: 'TEARDOWN' })).status, 202);
    await cluster.clock.settle();
    t.true(scheduler.hasEnded);
    t.is(scheduler.oddPieces, 0, 'each record was a piece of its own');
    t.deepEqual(await scheduler.call({ type: 'REVIVE' }), { status: 400, text: 'Framework cannot be found' });
  });
}

test('heartbeats come every 15 seconds for as long as the stream lasts, and not for longer', async (t) => {
  await using cluster = await TestCluster.start();
  const scheduler = await cluster.httpScheduler({ info: { failover_timeout: 3600 } });
  await cluster.clock.advance(60_000);
  t.is(scheduler.heartbeats, 5);
  await scheduler.leave();
  await cluster.clock.advance(60_000);
  t.is(scheduler.heartbeats, 5);
});

test('schedulers and operators are told the interval of heartbeats that the flag gives, and hear them so often', async (t) => {
  await using cluster = await TestCluster.start({ flags: { http_heartbeat_interval: 5000 } });
  const events = await subscribeOperator(cluster);
  const scheduler = await cluster.httpScheduler();
  t.is(scheduler.events[0]?.subscribed?.heartbeat_interval_seconds, 5);
  await cluster.clock.advance(20_000);
  t.is(scheduler.heartbeats, 5);
  const heard = await events();
  t.is(heard[0]?.subscribed?.heartbeat_interval_seconds, 5);
  t.is(heard.filter(({ type }) => type === 'HEARTBEAT').length, 5);
});

test('calls are refused in the order and the words of Mesos', async (t) => {
  await using cluster = await TestCluster.start();
  const invalid = 'Failed to validate scheduler::Call:';
  const subscribe = { type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'u', name: 'n' } } };
  t.deepEqual(await post(cluster, {}), [400, `${invalid} Expecting 'type' to be present`]);
  t.deepEqual(await post(cluster, { type: 'SUBSCRIBE' }), [400, `${invalid} Expecting 'subscribe' to be present`]);
  t.deepEqual(await post(cluster, { ...subscribe, framework_id: { value: 'x' } }), [
    400,
    `${invalid} 'framework_id' differs from 'subscribe.framework_info.id'`,
  ]);
  t.deepEqual(await post(cluster, { type: 'REVIVE' }), [400, `${invalid} Expecting 'framework_id' to be present`]);
  t.deepEqual(await post(cluster, subscribe, { accept: 'text/html', 'Mesos-Stream-Id': 'x' }), [
    406,
    "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'",
  ]);
  t.deepEqual(await post(cluster, subscribe, { 'Mesos-Stream-Id': 'x' }), [
    400,
    "Subscribe calls should not include the 'Mesos-Stream-Id' header",
  ]);
  const unknown = { framework_id: { value: 'none' } };
  t.deepEqual(await post(cluster, { ...unknown, type: 'KILL' }), [400, `${invalid} Expecting 'kill' to be present`]);
  const acknowledge = { agent_id: { value: 'a' }, task_id: { value: 't' }, uuid: 'AAAA' };
  t.deepEqual(await post(cluster, { ...unknown, type: 'ACKNOWLEDGE', acknowledge }), [
    400,
    `${invalid} Not a valid UUID`,
  ]);
  t.is(cluster.metric('master/invalid_status_update_acknowledgements'), 1);
  for (const type of ['REVIVE', 'UNKNOWN'])
    t.deepEqual(await post(cluster, { ...unknown, type }), [400, 'Framework cannot be found']);
  t.is(cluster.metric('master/messages_register_framework'), 0, 'nothing of all that came through');
});

test('every call but SUBSCRIBE has to name the stream that its framework has now', async (t) => {
  await using cluster = await TestCluster.start();
  const scheduler = await cluster.httpScheduler({ info: { failover_timeout: 3600 } });
  const revive = { type: 'REVIVE', framework_id: { value: 'M-0000' } };
  t.deepEqual(await post(cluster, revive), [
    400,
    "All non-subscribe calls should include the 'Mesos-Stream-Id' header",
  ]);
  t.deepEqual(await scheduler.call({ type: 'REVIVE' }, { 'mesos-stream-id': 'other' }), {
    status: 400,
    text:
      "The stream ID 'other' included in this request didn't match the stream ID " +
      'currently associated with framework ID M-0000',
  });
  const { streamId } = scheduler;
  const twice = { 'mesos-stream-id': `${streamId}, ${streamId}`, accept: 'text/html' };
  t.is((await scheduler.call({ type: 'REVIVE' }, twice)).status, 202);
  await scheduler.leave();
  await cluster.clock.settle();
  t.deepEqual(await scheduler.call({ type: 'REVIVE' }), { status: 403, text: 'Framework is not subscribed' });
  const { actor } = await cluster.scheduler();
  t.deepEqual(await scheduler.call({ type: 'REVIVE', framework_id: { value: actor.frameworkId } }), {
    status: 403,
    text: 'Framework is not connected via HTTP',
  });
});

test('a SUBSCRIBE that is well-formed but refused is answered with an ERROR event and the end of the stream', async (t) => {
  await using cluster = await TestCluster.start();
  const scheduler = await cluster.httpScheduler({ info: { roles: ['/bad'] } });
  t.deepEqual(
    scheduler.events.map((event) => [event.type, event.error?.message]),
    [['ERROR', "'FrameworkInfo.roles' contains invalid role: Role '/bad' cannot start with a slash"]],
  );
  t.true(scheduler.hasEnded);
  t.is(scheduler.heartbeats, 0);
});

test('the end of its stream is the end of a framework without a failover timeout', async (t) => {
  await using cluster = await TestCluster.start();
  const scheduler = await cluster.httpScheduler();
  await scheduler.leave();
  await cluster.clock.settle();
  t.like(await cluster.get('/frameworks'), { frameworks: [], completed_frameworks: [{ id: 'M-0000' }] });
  t.deepEqual(await scheduler.call({ type: 'REVIVE' }), { status: 400, text: 'Framework cannot be found' });
});

test('a scheduler may come back within its failover timeout, and its tasks are its own again', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const scheduler = await cluster.httpScheduler({ info: { failover_timeout: 10 } });
  const launch = { task_infos: [commandTask('t1', 'M-S0')] };
  const accept = { offer_ids: [must(scheduler.offers[0]).id], operations: [{ type: 'LAUNCH', launch } as const] };
  await scheduler.call({ type: 'ACCEPT', accept });
  const first = scheduler.streamId;
  await scheduler.leave();
  await cluster.clock.advance(9_000);
  t.is(cluster.metric('master/frameworks_disconnected'), 1);
  await scheduler.subscribe();
  await cluster.clock.settle();
  t.not(scheduler.streamId, first);
  agent.update('M-0000', 't1', 'TASK_RUNNING');
  await cluster.clock.advance(20_000);
  t.is(scheduler.statuses.length, 1);
  t.is(cluster.metric('master/frameworks_connected'), 1);
  await scheduler.leave();
  await cluster.clock.advance(10_000);
  t.is(cluster.metric('master/frameworks_disconnected'), 0);
  await scheduler.subscribe();
  await cluster.clock.settle();
  t.is(must(scheduler.events.at(-1)).error?.message, 'Framework has been removed');
});

test('a second SUBSCRIBE takes the framework over: the first stream is told and ends, and its end means nothing', async (t) => {
  await using cluster = await TestCluster.start();
  const first = await cluster.httpScheduler({ info: { failover_timeout: 10 } });
  const second = await cluster.httpScheduler({ info: { failover_timeout: 10, id: { value: 'M-0000' } } });
  t.is(must(first.events.at(-1)).error?.message, 'Framework failed over');
  t.true(first.hasEnded);
  await cluster.clock.advance(30_000);
  t.false(second.hasEnded);
  t.is(second.heartbeats, 3);
  t.is(first.heartbeats, 1);
  t.is((await second.call({ type: 'SUPPRESS' })).status, 202);
  t.is((await first.call({ type: 'REVIVE', framework_id: { value: 'M-0000' } })).status, 400);
});

test('an HTTP stream takes over from an actor, and an actor from an HTTP stream', async (t) => {
  await using cluster = await TestCluster.start();
  const info = { failover_timeout: 10, id: { value: 'F' } };
  const { actor } = await cluster.scheduler({ info });
  const http = await cluster.httpScheduler({ info });
  t.is(must(actor.events.at(-1)).error?.message, 'Framework failed over');
  t.like(await cluster.get('/frameworks'), { frameworks: [{ id: 'F', pid: undefined }] });
  const { actor: back } = await cluster.scheduler({ info, id: 'back' });
  t.is(back.frameworkId, 'F');
  t.true(http.hasEnded);
});

test('UPDATE_FRAMEWORK is answered at once: 200, or 400 with the reason', async (t) => {
  await using cluster = await TestCluster.start();
  const scheduler = await cluster.httpScheduler();
  const update = (info: object): Promise<unknown> =>
    scheduler.call({
      type: 'UPDATE_FRAMEWORK',
      update_framework: { framework_info: { ...scheduler.info, ...info } },
    });
  t.deepEqual(await update({ name: 'other', roles: ['a'] }), { status: 200, text: '' });
  t.like(await cluster.get('/frameworks'), { frameworks: [{ name: 'other', roles: ['a'] }] });
  t.deepEqual(await update({ roles: ['/'] }), {
    status: 400,
    text: "Supplied FrameworkInfo is not valid: 'FrameworkInfo.roles' contains invalid role: Role '/' cannot start with a slash",
  });
  t.deepEqual(await update({ user: 'root2' }), {
    status: 400,
    text: "FrameworkInfo update is not valid: Updating 'FrameworkInfo.user' is unsupported; attempted to update from 'nobody' to 'root2'",
  });
});

test('a call that means nothing to this master is accepted and dropped, as Mesos drops it', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const scheduler = await cluster.httpScheduler();
  const agent_id = { value: agent.agentId };
  const ignored: readonly SchedulerCall[] = [
    { type: 'REVIVE', revive: { roles: ['nobody-s'] } },
    { type: 'REQUEST', request: { requests: [] } },
    { type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id: { value: 'x' }, uuid } },
    { type: 'SHUTDOWN', shutdown: { agent_id, executor_id: { value: 'x' } } },
    { type: 'ACCEPT_INVERSE_OFFERS', accept_inverse_offers: { inverse_offer_ids: [{ value: 'x' }] } },
    { type: 'DECLINE_INVERSE_OFFERS', decline_inverse_offers: { inverse_offer_ids: [{ value: 'x' }] } },
    {
      type: 'ACKNOWLEDGE_OPERATION_STATUS',
      acknowledge_operation_status: { agent_id, operation_id: { value: 'x' }, uuid },
    },
  ];
  for (const call of ignored) t.deepEqual(await scheduler.call(call), { status: 202, text: '' }, call.type);
  await cluster.clock.settle();
  t.deepEqual(
    scheduler.events.map((event) => event.type),
    ['SUBSCRIBED', 'OFFERS'],
  );
  t.is(cluster.metric('master/invalid_operation_status_update_acknowledgements'), 1);
});

test('operations that a framework asks about are unknown, as this master performs none', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const scheduler = await cluster.httpScheduler();
  const ask = (...operations: { operation_id: { value: string }; agent_id?: { value: string } }[]): Promise<unknown> =>
    scheduler.call({ type: 'RECONCILE_OPERATIONS', reconcile_operations: { operations } });
  await ask();
  await ask(
    { operation_id: { value: 'o1' }, agent_id: { value: agent.agentId } },
    { operation_id: { value: 'o2' }, agent_id: { value: 'nowhere' } },
    { operation_id: { value: 'o3' } },
  );
  await cluster.clock.settle();
  t.deepEqual(
    scheduler.of('UPDATE_OPERATION_STATUS').map((event) => event.update_operation_status?.status),
    [
      {
        operation_id: { value: 'o1' },
        agent_id: { value: 'M-S0' },
        state: 'OPERATION_UNKNOWN',
        message: 'Reconciliation: Operation is unknown',
      },
      {
        operation_id: { value: 'o2' },
        agent_id: { value: 'nowhere' },
        state: 'OPERATION_UNKNOWN',
        message: 'Reconciliation: Both operation and agent are unknown',
      },
      {
        operation_id: { value: 'o3' },
        state: 'OPERATION_UNKNOWN',
        message: "Reconciliation: Operation is unknown and no 'agent_id' was provided",
      },
    ],
  );
});

test('a scheduler that does not read its events is cut off, counted and may come back', async (t) => {
  await using cluster = await TestCluster.start();
  const { runtime } = cluster;
  const framework_info = { user: 'u', name: 'slow', failover_timeout: 3600 };
  const { headers, status } = await runtime.injectStream({
    method: 'POST',
    url: '/api/v1/scheduler',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info } }),
  });
  t.is(status, 200);
  // Nobody reads. Each question is answered with an event of its length, until too much waits.
  const call = {
    type: 'RECONCILE',
    framework_id: { value: 'M-0000' },
    reconcile: { tasks: [{ task_id: { value: 'x'.repeat(8_000_000) } }] },
  };
  let answers = 0;
  while ((await post(cluster, call, { 'mesos-stream-id': headers?.['Mesos-Stream-Id'] ?? '' }))[0] === 202) {
    await cluster.clock.settle();
    if (++answers > 100) break;
  }
  t.true(answers > 10 && answers < 20, String(answers));
  t.is(cluster.metric('master/event_streams_cut'), 1);
  t.is(cluster.metric('master/frameworks_disconnected'), 1);
  t.true(cluster.log.some((line) => line.includes('read its events too slowly')));
});

test('a scheduler that asks for 30,000 tasks at once hears of all of them, in as many events', async (t) => {
  await using cluster = await TestCluster.start();
  const scheduler = await cluster.httpScheduler({ type: 'application/x-protobuf' });
  const tasks = Array.from({ length: 30_000 }, (_, index) => ({ task_id: { value: `unknown-${index}` } }));
  await scheduler.call({ type: 'RECONCILE', reconcile: { tasks } });
  t.true(scheduler.statuses.length < 1_000, 'others are heard in between');
  await scheduler.call({ type: 'RECONCILE', reconcile: { tasks: [{ task_id: { value: 'the last' } }] } });
  while (scheduler.statuses.length <= tasks.length && !scheduler.hasEnded) await cluster.clock.advance(1);
  t.is(scheduler.statuses.at(-1)?.task_id.value, 'the last', 'in the order of the questions');
  t.is(scheduler.statuses.length, tasks.length + 1);
  t.is(cluster.metric('master/event_streams_cut'), 0);
  t.is(scheduler.oddPieces, 0);
});

test('the end of a master ends the streams of its schedulers', async (t) => {
  const cluster = await TestCluster.start();
  const scheduler = await cluster.httpScheduler();
  await cluster.master.close();
  await cluster.clock.settle();
  t.true(scheduler.hasEnded);
  await cluster[Symbol.asyncDispose]();
});
