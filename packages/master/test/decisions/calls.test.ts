import test from 'ava';
import fc from 'fast-check';
import { TestCluster } from '../../src/testing/index.ts';

const invalid: readonly (readonly [call: Record<string, unknown>, message: string])[] = [
  [{}, "Expecting 'type' to be present"],
  [{ type: 'SUBSCRIBE' }, "Expecting 'subscribe' to be present"],
  [
    { type: 'SUBSCRIBE', framework_id: { value: 'x' }, subscribe: { framework_info: { user: 'u', name: 'n' } } },
    "'framework_id' differs from 'subscribe.framework_info.id'",
  ],
  [{ type: 'KILL', kill: { task_id: { value: 't' } } }, "Expecting 'framework_id' to be present"],
  [{ type: 'ACCEPT', framework_id: { value: 'M-0000' } }, "Expecting 'accept' to be present"],
  [{ type: 'RECONCILE', framework_id: { value: 'M-0000' } }, "Expecting 'reconcile' to be present"],
  [
    {
      type: 'ACKNOWLEDGE',
      framework_id: { value: 'M-0000' },
      acknowledge: { agent_id: { value: 'a' }, task_id: { value: 't' }, uuid: new Uint8Array(3) },
    },
    'Not a valid UUID',
  ],
  [
    {
      type: 'UPDATE_FRAMEWORK',
      framework_id: { value: 'M-0000' },
      update_framework: { framework_info: { user: 'u', name: 'n' } },
    },
    "'framework_id' differs from 'update_framework.framework_info.id'",
  ],
  [{ type: 'KILL', framework_id: { value: 'M-9999' }, kill: { task_id: { value: 't' } } }, 'Framework cannot be found'],
  [{ type: 'UNKNOWN', framework_id: { value: 'M-0000' } }, "'UNKNOWN' call"],
];

for (const [call, message] of invalid) {
  test(`a call is dropped and counted: ${message} (${String(call['type'])})`, async (t) => {
    await using cluster = await TestCluster.start();
    const { actor } = await cluster.scheduler();
    const events = actor.events.length;
    actor.tell(call);
    await cluster.clock.settle();
    t.is(actor.events.length, events);
    t.is(cluster.metric('master/dropped_messages'), 1);
    t.true(
      cluster.log.some((line) => line.endsWith(message)),
      cluster.log.join('\n'),
    );
  });
}

const malformed: readonly unknown[] = [
  undefined,
  null,
  7,
  'SUBSCRIBE',
  [],
  { type: 'NO_SUCH' },
  { type: 'SUBSCRIBE', subscribe: { framework_info: { user: 1, name: 'n' } } },
  { type: 'KILL', framework_id: 'M-0000', kill: { task_id: { value: 't' } } },
  { type: 'DECLINE', framework_id: { value: 'M-0000' }, decline: { offer_ids: 'all' } },
];

test('what is no call at all is refused at the door and counted, and everybody else goes on', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor } = await cluster.scheduler();
  for (const body of malformed) actor.tell(body);
  await cluster.clock.settle();
  t.is(cluster.metric('libprocess/messages_invalid'), malformed.length);
  await cluster.agent();
  t.is(actor.offers.length, 1);
});

const agentMessages = [
  'RegisterAgentMessage',
  'ReregisterAgentMessage',
  'UnregisterAgentMessage',
  'StatusUpdateMessage',
  'ExitedExecutorMessage',
  'ExecutorToFrameworkMessage',
] as const;

test('what agents send is checked as well: nothing that is malformed gets through', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor } = await cluster.agent();
  for (const name of agentMessages) {
    for (const body of [undefined, null, 1, 'x', [], {}]) actor.tell(`mesos.internal.${name}`, body);
  }
  actor.tell('mesos.internal.NoSuchMessage', {});
  await cluster.clock.settle();
  t.is(cluster.metric('libprocess/messages_invalid'), agentMessages.length * 6);
  t.is(cluster.metric('libprocess/messages_unhandled'), 1);
  t.is(cluster.metric('master/slaves_active'), 1);
});

test('no sequence of well-formed calls ends the master or makes it lose resources', async (t) => {
  const id = fc.constantFrom('M-0000', 'M-0001', 'X');
  const offer_ids = fc.array(
    fc.integer({ min: 0, max: 9 }).map((n) => ({ value: `M-O${n}` })),
    { maxLength: 3 },
  );
  const agent_id = fc.constantFrom({ value: 'M-S0' }, { value: 'M-S1' }, { value: 'S' });
  const task_id = fc.constantFrom({ value: 't0' }, { value: 't1' }, { value: '/' });
  const resources = fc.constantFrom(
    [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }],
    [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.001 } }],
    [{ name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31_000, end: 31_005 }] } }],
    [],
  );
  const task = fc.record({
    name: fc.constant('n'),
    task_id,
    agent_id,
    resources,
    command: fc.constant({ value: 'x' }),
  });
  const operation = fc.record({
    type: fc.constantFrom('LAUNCH', 'RESERVE'),
    launch: fc.record({ task_infos: fc.array(task, { maxLength: 3 }) }),
  });
  const filters = fc.constantFrom({}, { refuse_seconds: 0 }, { refuse_seconds: -1 }, { refuse_seconds: 1 });
  const call = fc.record({
    framework_id: id.map((value) => ({ value })),
    type: fc.constantFrom('ACCEPT', 'DECLINE', 'REVIVE', 'SUPPRESS', 'KILL', 'RECONCILE', 'SHUTDOWN', 'REQUEST'),
    accept: fc.record({ offer_ids, operations: fc.array(operation, { maxLength: 2 }), filters }),
    decline: fc.record({ offer_ids, filters }),
    kill: fc.record({ task_id }),
    reconcile: fc.record({ tasks: fc.array(fc.record({ task_id, agent_id }), { maxLength: 2 }) }),
    shutdown: fc.record({ agent_id, executor_id: fc.constant({ value: 'e' }) }),
    request: fc.constant({}),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(call, fc.integer({ min: 0, max: 2000 })), { maxLength: 15 }), async (calls) => {
      await using cluster = await TestCluster.start();
      await cluster.agent();
      await cluster.agent({ resources: 'cpus:2;cpus(a):1;mem:64' });
      const { actor } = await cluster.scheduler({ info: { roles: ['*', 'a'] } });
      await cluster.scheduler({ capabilities: [] });
      for (const [body, pause] of calls) {
        actor.tell(body);
        await cluster.clock.advance(pause);
      }
      t.is(cluster.metric('libprocess/actors_failed'), 0);
      const offered = (await cluster.get('/state')) as {
        slaves: {
          id: string;
          resources: { cpus: number };
          used_resources: { cpus: number };
          offered_resources: { cpus: number };
        }[];
      };
      for (const { offered_resources, resources: total, used_resources } of offered.slaves) {
        t.true(offered_resources.cpus + used_resources.cpus <= total.cpus + 1e-9);
      }
    }),
    { numRuns: 25 },
  );
});
