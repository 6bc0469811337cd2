import { Mutator } from '@mesos-ts/daemon/testing';
import { encode, fromJson, type FrameworkInfo } from '@mesos-ts/protocol';
import test from 'ava';
import fc from 'fast-check';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { must } from '../must.ts';

const uuid = 'AAECAwQFRgeICQoLDA0ODw==';
const agent_id = { value: 'M-S0' };
const task_id = { value: 't1' };
const framework_info: FrameworkInfo = {
  user: 'nobody',
  name: 'fuzz',
  roles: ['a', 'b'],
  failover_timeout: 1e6,
  capabilities: [{ type: 'MULTI_ROLE' }, { type: 'PARTITION_AWARE' }],
  labels: { labels: [{ key: 'k', value: 'v' }] },
};
const executor = { type: 'DEFAULT', executor_id: { value: 'e' }, resources: [] };

/** A call of every type but TEARDOWN, as it would be right but for ids that nobody has. */
const calls: readonly object[] = [
  { type: 'SUBSCRIBE', subscribe: { framework_info, suppressed_roles: ['a'] } },
  {
    type: 'ACCEPT',
    accept: {
      offer_ids: [{ value: 'M-O0' }],
      operations: [
        {
          type: 'LAUNCH',
          launch: { task_infos: [{ name: 't', task_id, agent_id, resources: [], command: { value: 'x' } }] },
        },
        { type: 'LAUNCH_GROUP', launch_group: { executor, task_group: { tasks: [{ name: 't', task_id, agent_id }] } } },
        {
          type: 'RESERVE',
          id: { value: 'op' },
          reserve: { resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }] },
        },
      ],
      filters: { refuse_seconds: 1.5 },
    },
  },
  { type: 'DECLINE', decline: { offer_ids: [{ value: 'M-O0' }], filters: { refuse_seconds: 1 } } },
  { type: 'REVIVE', revive: { roles: ['a'] } },
  { type: 'SUPPRESS', suppress: { roles: ['a'] } },
  { type: 'KILL', kill: { task_id, agent_id, kill_policy: { grace_period: { nanoseconds: 1 } } } },
  { type: 'SHUTDOWN', shutdown: { executor_id: { value: 'e' }, agent_id } },
  { type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } },
  {
    type: 'ACKNOWLEDGE_OPERATION_STATUS',
    acknowledge_operation_status: { agent_id, uuid, operation_id: { value: 'o' } },
  },
  { type: 'RECONCILE', reconcile: { tasks: [{ task_id, agent_id }] } },
  { type: 'RECONCILE_OPERATIONS', reconcile_operations: { operations: [{ operation_id: { value: 'o' }, agent_id }] } },
  { type: 'MESSAGE', message: { agent_id, executor_id: { value: 'e' }, data: 'AAAA' } },
  { type: 'REQUEST', request: { requests: [{ agent_id, resources: [] }] } },
  { type: 'UPDATE_FRAMEWORK', update_framework: { framework_info, suppressed_roles: ['b'] } },
  { type: 'ACCEPT_INVERSE_OFFERS', accept_inverse_offers: { inverse_offer_ids: [{ value: 'i' }] } },
  { type: 'DECLINE_INVERSE_OFFERS', decline_inverse_offers: { inverse_offer_ids: [{ value: 'i' }] } },
];

/** The call as one of this framework. */
function addressed(call: object, frameworkId: string): object {
  const framework_id = { value: frameworkId };
  const info = { ...framework_info, id: framework_id };
  if ('subscribe' in call) return { ...call, framework_id, subscribe: { framework_info: info } };
  if ('update_framework' in call) return { ...call, framework_id, update_framework: { framework_info: info } };
  return { ...call, framework_id };
}

/** The call in protobuf, damaged as a message or as bytes. */
function damaged(mutator: Mutator, call: object): Uint8Array {
  const name = 'mesos.v1.scheduler.Call';
  if (mutator.below(2) === 0) return mutator.bytes(encode(name, fromJson(name, call)));
  try {
    return encode(name, fromJson(name, mutator.json(call)));
  } catch {
    return encode(name, fromJson(name, call));
  }
}

/** What a damaged call may be answered: taken, or refused for what it says. Never 5xx but for what Mesos says of UNKNOWN calls. */
const answers = new Set([200, 202, 400, 403, 501]);

for (const type of ['application/json', 'application/x-protobuf'] as const) {
  test(`5,000 damaged calls in ${type}: none breaks the master, and what is refused changes nothing`, async (t) => {
    const [seed = 0] = fc.sample(fc.nat(), 1);
    const mutator = new Mutator(seed);
    await using cluster = await TestCluster.start();
    await cluster.agent();
    let scheduler = await cluster.httpScheduler({ info: framework_info });
    const task_infos = [commandTask('t1', 'M-S0')];
    const offer_ids = [must(scheduler.offers[0]).id];
    await scheduler.call({
      type: 'ACCEPT',
      accept: { offer_ids, operations: [{ type: 'LAUNCH', launch: { task_infos } }] },
    });
    await cluster.clock.settle();
    const stateOf = async (): Promise<string> => (await cluster.runtime.inject({ url: '/state' })).body.toString();
    const counts = new Map<number, number>();
    for (let count = 0; count < 5_000; count++) {
      // Every fifth is looked at from a state of rest.
      const isWatched = mutator.below(5) === 0;
      if (isWatched || scheduler.hasEnded) await cluster.clock.settle();
      if (scheduler.hasEnded) scheduler = await cluster.httpScheduler({ info: framework_info });
      const before = isWatched ? await stateOf() : '';
      const call = addressed(mutator.pick(calls), scheduler.frameworkId);
      const streamId = mutator.below(20) === 0 ? 'other' : scheduler.streamId;
      const isSubscription = 'subscribe' in call && mutator.below(20) > 0;
      const whole = Buffer.from(JSON.stringify(mutator.json(call)));
      const answer = await cluster.runtime.injectStream({
        method: 'POST',
        url: '/api/v1/scheduler',
        headers: { 'content-type': type, accept: type, ...(isSubscription ? {} : { 'mesos-stream-id': streamId }) },
        body:
          type === 'application/x-protobuf'
            ? damaged(mutator, call)
            : mutator.below(4) === 0
              ? mutator.bytes(whole)
              : whole,
      });
      counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
      if (!answers.has(answer.status)) t.fail(`${answer.status} for ${whole.toString()}`);
      if (answer.status >= 400 && isWatched) {
        const after = await stateOf();
        if (after !== before) t.is(after, before, `${answer.status} for ${whole.toString()}`);
      }
      if (answer.status === 200 && isSubscription) {
        // Whoever has taken the framework over leaves again.
        for await (const _ of answer.body as AsyncIterable<Uint8Array>) break;
        await cluster.clock.settle();
      }
    }
    t.true((counts.get(202) ?? 0) > 500 && (counts.get(400) ?? 0) > 500, JSON.stringify([...counts]));
    t.true(cluster.runtime.has('master'));
    t.false(cluster.log.some((line) => line.startsWith('error')));
  });
}
