import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import test from 'ava';
import { approversBy, type Authorizer } from '@mesos-ts/daemon';
import { startMaster } from '../../src/index.ts';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { must } from '../must.ts';
import { subscribe } from './operator-support.ts';
import type { Duplex } from 'node:stream';
import type { MasterEvent } from '@mesos-ts/protocol';

/** What happened, beside the beginning and heartbeats. */
function happened(events: readonly MasterEvent[]): MasterEvent[] {
  return events.filter(({ type }) => type !== 'SUBSCRIBED' && type !== 'HEARTBEAT');
}

function types(events: readonly MasterEvent[]): string[] {
  return happened(events).map((event) => {
    const { state } = event.task_updated ?? {};
    return `${event.type}${state === undefined ? '' : ` ${state}`}`;
  });
}

test('a subscriber hears SUBSCRIBED with the state, HEARTBEAT at once and every 15 seconds, until the master ends', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const events = await subscribe(cluster);
  t.is(cluster.metric('master/operator_event_stream_subscribers'), 1);
  await cluster.clock.advance(14_999);
  await cluster.clock.advance(1);
  await cluster.clock.advance(15_000);
  const heard = await events();
  t.deepEqual(
    heard.map(({ type }) => type),
    ['SUBSCRIBED', 'HEARTBEAT', 'HEARTBEAT', 'HEARTBEAT'],
  );
  t.like(heard[0]?.subscribed, {
    heartbeat_interval_seconds: 15,
    get_state: {
      get_tasks: { tasks: [], unreachable_tasks: [], completed_tasks: [] },
      get_agents: { agents: [{ active: true }], recovered_agents: [] },
    },
  });
});

test('agents, frameworks and tasks are told of as they come, change and go', async (t) => {
  await using cluster = await TestCluster.start();
  const events = await subscribe(cluster);
  const { actor: agent } = await cluster.agent();
  const { actor } = await cluster.scheduler({ info: { failover_timeout: 60 } });
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')], 3600);
  await cluster.clock.settle();
  const uuid = agent.update('M-0000', 't', 'TASK_RUNNING', { data: Uint8Array.of(1) });
  agent.update('M-0000', 't', 'TASK_RUNNING');
  agent.update('M-0000', 't', 'TASK_RUNNING', { reason: 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED' });
  agent.update('M-0000', 't', 'TASK_FINISHED');
  await cluster.clock.settle();
  actor.acknowledge(must(actor.statuses.at(-1)));
  const framework_info = { ...actor.info, labels: { labels: [{ key: 'k' }] } };
  actor.call({ type: 'UPDATE_FRAMEWORK', update_framework: { framework_info } });
  actor.call({ type: 'TEARDOWN' });
  await cluster.clock.settle();
  agent.tell('mesos.internal.UnregisterAgentMessage', { agent_id: { value: 'M-S0' } });
  await cluster.clock.settle();
  const heard = await events();
  t.deepEqual(types(heard), [
    'AGENT_ADDED',
    'FRAMEWORK_ADDED',
    'TASK_ADDED',
    'TASK_UPDATED TASK_RUNNING',
    'TASK_UPDATED TASK_RUNNING',
    'TASK_UPDATED TASK_FINISHED',
    'FRAMEWORK_UPDATED',
    'FRAMEWORK_REMOVED',
    'AGENT_REMOVED',
  ]);
  const [agentAdded, frameworkAdded, taskAdded, running, checked] = happened(heard);
  t.like(agentAdded?.agent_added?.agent, {
    agent_info: { id: { value: 'M-S0' }, hostname: 'test-agent' },
    active: true,
    deactivated: false,
    registered_time: { nanoseconds: 1_577_836_800_000_000_000 },
  });
  t.false('checkpoint' in must(agentAdded?.agent_added?.agent).agent_info, 'no field of version 1');
  t.deepEqual(frameworkAdded?.framework_added?.framework, {
    framework_info: { ...actor.info, checkpoint: false, failover_timeout: 60 },
    active: true,
    connected: true,
    recovered: false,
    registered_time: { nanoseconds: 1_577_836_800_000_000_000 },
    reregistered_time: { nanoseconds: 1_577_836_800_000_000_000 },
    unregistered_time: { nanoseconds: 0 },
  });
  t.like(taskAdded?.task_added?.task, {
    task_id: { value: 't' },
    state: 'TASK_STAGING',
    framework_id: { value: 'M-0000' },
  });
  t.false('statuses' in must(taskAdded?.task_added?.task), 'as it was then');
  const uuidText = Buffer.from(uuid).toString('base64');
  t.like(running?.task_updated, {
    framework_id: { value: 'M-0000' },
    state: 'TASK_RUNNING',
    status: { state: 'TASK_RUNNING', uuid: uuidText, data: 'AQ==', agent_id: { value: 'M-S0' } },
  });
  t.is(checked?.task_updated?.status.reason, 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED');
  t.like(happened(heard).at(-3)?.framework_updated?.framework, {
    framework_info: { labels: { labels: [{ key: 'k' }] } },
    active: true,
  });
  t.like(happened(heard).at(-2)?.framework_removed, { framework_info: { id: { value: 'M-0000' } } });
  t.deepEqual(happened(heard).at(-1)?.agent_removed, { agent_id: { value: 'M-S0' } });
});

test('a scheduler that disconnects and comes back is told of when it has subscribed again', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const machine = await cluster.scheduler({ info: { failover_timeout: 60 } });
  const events = await subscribe(cluster);
  await cluster.kill(machine);
  const { actor } = await cluster.scheduler({ info: { failover_timeout: 60, id: { value: 'M-0000' } } });
  actor.frameworkId = 'M-0000';
  actor.subscribe();
  await cluster.clock.settle();
  t.true((await events()).some(({ type }) => type === 'FRAMEWORK_UPDATED'));
});

test('of an agent that is unreachable only its tasks are told; when it is back it is told of as one that was added', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor } = await cluster.scheduler();
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')], 3600);
  await cluster.clock.settle();
  const events = await subscribe(cluster);
  agent.actor.answersPings = false;
  await cluster.clock.advance(100_000);
  const back = await cluster.restartAgent(agent);
  const run = must(agent.actor.of('mesos.internal.RunTaskMessage')[0]);
  const { resources } = run.task;
  back.actor.reregister({
    frameworks: [must(run.framework)],
    tasks: [
      {
        name: 't',
        task_id: { value: 't' },
        framework_id: { value: 'M-0000' },
        agent_id: { value: 'M-S0' },
        state: 'TASK_RUNNING',
        ...(resources === undefined ? {} : { resources }),
      },
    ],
  });
  await cluster.clock.settle();
  const heard = await events();
  t.deepEqual(types(heard), ['TASK_UPDATED TASK_UNREACHABLE', 'TASK_ADDED', 'AGENT_ADDED']);
  t.is(happened(heard).at(-1)?.agent_added?.agent.reregistered_time?.nanoseconds, 1_577_836_900_000_000_000);
});

test('a framework that is known from an agent that came back is told of between that and its tasks', async (t) => {
  await using cluster = await TestCluster.start();
  const events = await subscribe(cluster);
  const { actor } = await cluster.agent();
  actor.agentId = 'X-S7';
  const framework = { user: 'u', name: 'from before', id: { value: 'X-0001' } };
  const task = { name: 't', task_id: { value: 't' }, framework_id: framework.id, agent_id: { value: 'X-S7' } };
  actor.reregister({ frameworks: [framework], tasks: [{ ...task, state: 'TASK_RUNNING' }] });
  await cluster.clock.settle();
  const heard = await events();
  t.deepEqual(types(heard).slice(-3), ['AGENT_ADDED', 'FRAMEWORK_ADDED', 'TASK_ADDED']);
  t.like(happened(heard).at(-2)?.framework_added?.framework, {
    recovered: true,
    connected: false,
    registered_time: { nanoseconds: 0 },
  });
});

test('a task that ends with its framework is told of before that', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const { actor } = await cluster.scheduler();
  actor.launch(must(actor.offers[0]), [commandTask('t', 'M-S0')], 3600);
  const events = await subscribe(cluster);
  actor.call({ type: 'TEARDOWN' });
  await cluster.clock.settle();
  t.deepEqual(types(await events()).slice(-2), ['TASK_UPDATED TASK_KILLED', 'FRAMEWORK_REMOVED']);
});

test('a subscriber hears of what it may see', async (t) => {
  const authorizer: Authorizer = {
    approvers: () =>
      approversBy((action, object) => {
        if (action === 'VIEW_FRAMEWORK') return object?.framework_info?.name !== 'hidden';
        if (action === 'VIEW_TASK') return object?.task?.user !== 'root';
        return action !== 'VIEW_ROLE' || object?.value !== 'secret';
      }),
  };
  await using cluster = await TestCluster.start({ authorizer });
  const events = await subscribe(cluster);
  await cluster.agent({ resources: 'cpus:4;mem:4096;cpus(secret):1' });
  await cluster.agent({ resources: 'cpus:4;mem:4096' });
  const { actor: hidden } = await cluster.scheduler({ info: { name: 'hidden' } });
  hidden.launch(must(hidden.offers[0]), [commandTask('a', must(hidden.offers[0]).agent_id.value)]);
  await cluster.clock.settle();
  const { actor: shown } = await cluster.scheduler();
  await cluster.clock.advance(5000);
  const offer = must(shown.offers[0]);
  const agentId = offer.agent_id.value;
  const rootTask = commandTask('c', agentId);
  shown.launch(offer, [commandTask('b', agentId), { ...rootTask, command: { ...rootTask.command, user: 'root' } }]);
  await cluster.clock.settle();
  const heard = happened(await events());
  t.deepEqual(types(heard), ['AGENT_ADDED', 'AGENT_ADDED', 'FRAMEWORK_ADDED', 'TASK_ADDED']);
  t.is(heard[2]?.framework_added?.framework.framework_info.name, 'test');
  t.is(heard[3]?.task_added?.task.task_id.value, 'b');
  const seen = must(heard[0]?.agent_added).agent;
  t.deepEqual(
    seen.total_resources?.map(({ name }) => name),
    ['cpus', 'mem'],
  );
  t.deepEqual(
    seen.agent_info.resources?.map(({ name }) => name),
    ['cpus', 'mem'],
  );
});

test('/events is the stream as Server-Sent Events, for pages that can only GET', async (t) => {
  await using cluster = await TestCluster.start();
  const answered = cluster.runtime.inject({ url: '/events', headers: { accept: 'text/event-stream' } });
  await cluster.clock.settle();
  await cluster.agent();
  await cluster.clock.advance(15_000);
  t.is((await cluster.runtime.inject({ url: '/events', headers: { accept: 'application/json' } })).status, 406);
  t.is((await cluster.runtime.inject({ url: '/events', method: 'POST' })).status, 405);
  await cluster.master.close();
  const { body, headers, status } = await answered;
  t.is(status, 200);
  t.like(headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const events = body.toString().split('\n\n');
  t.is(events.pop(), '');
  t.deepEqual(
    events.map((event) => (JSON.parse(event.replace(/^data: /, '')) as MasterEvent).type),
    ['SUBSCRIBED', 'HEARTBEAT', 'AGENT_ADDED', 'HEARTBEAT'],
  );
});

test('/events is the stream over a WebSocket for who asks for one, each event a message of text', async (t) => {
  await using master = await startMaster({ flags: { ip: '127.0.0.1', port: 0, hostname: 'localhost' } });
  const asked = request(`http://${master.address}/master/events`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  });
  asked.end();
  const [answer, socket, head] = (await once(asked, 'upgrade')) as [IncomingMessage, Duplex, Buffer];
  t.is(answer.statusCode, 101);
  let bytes = head;
  while (webSocketFrames(bytes).length < 2) {
    const [more] = (await once(socket, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, more]);
  }
  const frames = webSocketFrames(bytes);
  t.deepEqual(
    frames.map(({ opcode, payload }) => [opcode, (JSON.parse(payload.toString()) as MasterEvent).type]),
    [
      [1, 'SUBSCRIBED'],
      [1, 'HEARTBEAT'],
    ],
  );
  socket.destroy();
});

/** The whole frames that a server has sent (RFC 6455, section 5.2). */
function webSocketFrames(bytes: Buffer): { opcode: number; payload: Buffer }[] {
  const frames: { opcode: number; payload: Buffer }[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const begin = at + (short === 126 ? 4 : 2);
    const length = short === 126 && bytes.length >= begin ? bytes.readUInt16BE(at + 2) : short;
    if (bytes.length < begin + length) break;
    frames.push({ opcode: (bytes[at] ?? 0) & 0x0f, payload: bytes.subarray(begin, begin + length) });
    at = begin + length;
  }
  return frames;
}
