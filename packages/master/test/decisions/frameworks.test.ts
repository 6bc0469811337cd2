import test from 'ava';
import { commandTask, TestCluster, TestScheduler } from '../../src/testing/index.ts';
import type { FrameworkInfo } from '@mesos-ts/protocol';
import { must } from '../must.ts';

test('a scheduler that subscribes gets an id, the master and a heartbeat, then one every 15 s', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor } = await cluster.scheduler();
  t.like(actor.of('SUBSCRIBED')[0]?.subscribed, {
    framework_id: { value: 'M-0000' },
    heartbeat_interval_seconds: 15,
    master_info: { id: 'M', hostname: 'test-master', port: 5050, pid: 'master@10.0.0.1:5050' },
  });
  t.is(actor.heartbeats, 1);
  await cluster.clock.advance(45_000);
  t.is(actor.heartbeats, 4);
  const second = await cluster.scheduler();
  t.is(second.actor.frameworkId, 'M-0001');
});

test('a scheduler that asks again before it heard the answer gets the same id', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor } = await cluster.scheduler();
  actor.frameworkId = '';
  actor.subscribe();
  await cluster.clock.settle();
  t.is(actor.frameworkId, 'M-0000');
  t.is(actor.of('SUBSCRIBED').length, 2);
  await cluster.clock.advance(15_000);
  t.is(actor.heartbeats, 3);
});

const refused: readonly (readonly [title: string, info: Partial<FrameworkInfo>, message: RegExp])[] = [
  [
    'a role below no role',
    { roles: ['/a'] },
    /'FrameworkInfo.roles' contains invalid role: Role '\/a' cannot start with/,
  ],
  ['a role twice', { roles: ['a', 'b', 'a'] }, /'FrameworkInfo.roles' contains duplicate items: \{ a \}/],
  ['role and roles', { role: 'a' }, /'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable/],
  ['roles without MULTI_ROLE', { capabilities: [], roles: ['a'] }, /'FrameworkInfo.roles' must not be set/],
  [
    'an invalid role',
    { capabilities: [], roles: [], role: '-a' },
    /'FrameworkInfo.role' is not a valid role: Role component/,
  ],
  ['an invalid id', { id: { value: 'a/b' } }, /'a\/b' contains invalid characters/],
  ['endless failover', { failover_timeout: 1e12 }, /The framework failover_timeout \(1e\+12\) is invalid/],
  [
    'an offer filter that asks for nothing',
    { offer_filters: { a: { min_allocatable_resources: { quantities: [{}] } } } },
    /^Resource quantities must contain at least one quantity$/,
  ],
  [
    'an offer filter that asks for less than nothing',
    { offer_filters: { a: { min_allocatable_resources: { quantities: [{ quantities: { cpus: { value: -1 } } }] } } } },
    /^Invalid resource quantity for 'cpus': Negative values not supported$/,
  ],
  [
    'an offer filter that asks for too much',
    {
      offer_filters: {
        a: { min_allocatable_resources: { quantities: [{ quantities: { mem: { value: Infinity } } }] } },
      },
    },
    /^Invalid resource quantity for 'mem': Infinite values not supported$/,
  ],
  [
    'roles that --roles lacks',
    { roles: ['eng', 'qa', 'ads'] },
    /Roles \{ ads, qa \} are not present in the master's --roles/,
  ],
  ['user root', { user: 'root' }, /User 'root' is not allowed to run frameworks without --root_submissions set/],
];

for (const [title, info, message] of refused) {
  test(`a framework with ${title} hears why it is refused`, async (t) => {
    await using cluster = await TestCluster.start({ flags: { roles: ['eng', 'a', 'b'], root_submissions: false } });
    const runtime = await cluster.machine();
    const actor = new TestScheduler({ master: cluster.masterPid, info });
    runtime.spawn(actor);
    await cluster.clock.settle();
    const framework_id = info.id;
    actor.tell({
      type: 'SUBSCRIBE',
      subscribe: { framework_info: actor.info },
      ...(framework_id === undefined ? {} : { framework_id }),
    });
    await cluster.clock.settle();
    t.regex(actor.of('ERROR')[0]?.error?.message ?? '', message);
    t.is(cluster.metric('master/frameworks_connected'), 0);
  });
}

test('suppressed roles and offer constraints must be about roles that the framework has, and constraints must mean something', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor } = await cluster.scheduler();
  actor.subscribe({ suppressed_roles: ['nope', 'never'] });
  actor.subscribe({ offer_constraints: { role_constraints: { nope: {} } } });
  actor.subscribe({ offer_constraints: { role_constraints: { '*': {} } } });
  await cluster.clock.settle();
  t.deepEqual(
    actor.of('ERROR').map((event) => event.error?.message),
    [
      'Suppressed roles { never, nope } are not contained in the set of roles',
      "Offer constraints specify `role_constraints` for a role 'nope'not contained in the set of roles",
      "Offer constraints are not valid: 'OfferConstraints::role_constraints' has an empty 'RoleConstraints::groups' for role *",
    ],
  );
});

test('an offer filter may ask for nothing of a resource', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const quantities = [{ quantities: { gpus: { value: 0 } } }];
  const { actor } = await cluster.scheduler({
    info: { offer_filters: { '*': { min_allocatable_resources: { quantities } } } },
  });
  t.is(actor.offers.length, 1);
});

test('a framework that is gone without failover timeout is removed and cannot come back', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const machine = await cluster.scheduler();
  const offer = must(machine.actor.offers[0]);
  machine.actor.launch(offer, [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  await machine.runtime.close();
  await cluster.clock.settle();
  t.deepEqual(agent.actor.of('mesos.internal.ShutdownFrameworkMessage'), [{ framework_id: { value: 'M-0000' } }]);
  t.like(await cluster.get('/state'), {
    frameworks: [],
    completed_frameworks: [{ id: 'M-0000', completed_tasks: [{ id: 't1', state: 'TASK_KILLED' }] }],
  });
  const late = await cluster.scheduler({ info: { id: { value: 'M-0000' } } });
  late.actor.frameworkId = 'M-0000';
  late.actor.subscribe();
  await cluster.clock.settle();
  t.is(late.actor.of('ERROR').at(-1)?.error?.message, 'Framework has been removed');
});

test('a framework that comes back within its failover timeout keeps its tasks', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const info = { failover_timeout: 60 };
  const machine = await cluster.scheduler({ info });
  const offer = must(machine.actor.offers[0]);
  machine.actor.launch(offer, [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  await cluster.kill(machine);
  t.is(cluster.metric('master/frameworks_disconnected'), 1);
  await cluster.clock.advance(59_000);
  const next = new TestScheduler({ master: cluster.masterPid, info, id: 'next' });
  next.frameworkId = 'M-0000';
  machine.runtime.spawn(next);
  await cluster.clock.settle();
  next.subscribe();
  await cluster.clock.advance(60_000);
  t.is(next.of('SUBSCRIBED').length, 1);
  t.is(next.offers.length, 1, 'what the task leaves is offered again');
  t.is(agent.actor.of('mesos.internal.ShutdownFrameworkMessage').length, 0);
  t.like(await cluster.get('/frameworks'), { frameworks: [{ id: 'M-0000', active: true, tasks: [{ id: 't1' }] }] });
});

test('a framework that does not come back within its failover timeout is removed', async (t) => {
  await using cluster = await TestCluster.start();
  const machine = await cluster.scheduler({ info: { failover_timeout: 60 } });
  await cluster.kill(machine);
  await cluster.clock.advance(59_999);
  t.is(cluster.metric('master/frameworks_disconnected'), 1);
  await cluster.clock.advance(1);
  t.is(cluster.metric('master/frameworks_disconnected'), 0);
});

test('a second scheduler with the id of a framework takes over, the first is told so and heard no more', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const first = await cluster.scheduler({ info: { failover_timeout: 60 } });
  const offer = must(first.actor.offers[0]);
  const runtime = await cluster.machine();
  const second = new TestScheduler({ master: cluster.masterPid, info: { failover_timeout: 60, name: 'renamed' } });
  second.frameworkId = 'M-0000';
  runtime.spawn(second);
  await cluster.clock.settle();
  second.subscribe();
  await cluster.clock.settle();
  t.is(first.actor.of('ERROR')[0]?.error?.message, 'Framework failed over');
  t.is(second.offers.length, 1);
  t.not(second.offers[0]?.id.value, offer.id.value);
  first.actor.launch(offer, [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  t.deepEqual(first.actor.statuses, []);
  t.is(cluster.metric('master/dropped_messages'), 1);
  await first.runtime.close();
  await cluster.clock.advance(120_000);
  t.is(cluster.metric('master/frameworks_active'), 1);
  t.like(await cluster.get('/frameworks'), { frameworks: [{ name: 'renamed', pid: second.self.toString() }] });
});

test('a scheduler cannot become another framework while it is one', async (t) => {
  await using cluster = await TestCluster.start();
  const first = await cluster.scheduler();
  const second = await cluster.scheduler();
  second.actor.frameworkId = 'M-0000';
  second.actor.subscribe();
  await cluster.clock.settle();
  t.deepEqual(first.actor.of('ERROR'), []);
  t.is(second.actor.of('SUBSCRIBED').length, 1);
  t.is(cluster.metric('master/frameworks_active'), 2);
});

test('who subscribes again cannot change principal; user and checkpointing stay what they were', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor } = await cluster.scheduler({ info: { principal: 'p', checkpoint: true } });
  const framework_info = { ...actor.info, user: 'other', checkpoint: false };
  const framework_id = { value: actor.frameworkId };
  actor.tell({ type: 'SUBSCRIBE', framework_id, subscribe: { framework_info: { ...framework_info, principal: 'q' } } });
  await cluster.clock.settle();
  t.is(actor.of('ERROR')[0]?.error?.message, "Changing framework's principal is not allowed.");
  actor.tell({ type: 'SUBSCRIBE', framework_id, subscribe: { framework_info } });
  await cluster.clock.settle();
  t.is(actor.of('SUBSCRIBED').length, 2);
  t.like(await cluster.get('/frameworks'), { frameworks: [{ user: 'nobody', checkpoint: true, principal: 'p' }] });
});

test('UPDATE_FRAMEWORK changes roles and rescinds offers of roles that are gone', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor } = await cluster.scheduler({ info: { roles: ['a'] } });
  t.is(actor.offers[0]?.allocation_info?.role, 'a');
  const framework_info = { ...actor.info, roles: ['b'], name: 'new' };
  actor.call({ type: 'UPDATE_FRAMEWORK', update_framework: { framework_info } });
  await cluster.clock.advance(1000);
  t.is(actor.of('RESCIND').length, 1);
  t.deepEqual(
    actor.offers.map((offer) => offer.allocation_info?.role),
    ['b'],
  );
  t.is(agent.actor.of('mesos.internal.UpdateFrameworkMessage').at(-1)?.framework_info?.name, 'new');
  actor.call({ type: 'UPDATE_FRAMEWORK', update_framework: { framework_info: { ...framework_info, user: 'else' } } });
  actor.call({
    type: 'UPDATE_FRAMEWORK',
    update_framework: { framework_info: { ...framework_info, checkpoint: true } },
  });
  actor.call({ type: 'UPDATE_FRAMEWORK', update_framework: { framework_info: { ...framework_info, roles: ['..'] } } });
  actor.call({ type: 'UPDATE_FRAMEWORK', update_framework: { framework_info, suppressed_roles: ['x'] } });
  await cluster.clock.settle();
  t.deepEqual(
    actor.of('ERROR').map((event) => event.error?.message),
    [
      "FrameworkInfo update is not valid: Updating 'FrameworkInfo.user' is unsupported; attempted to update from 'nobody' to 'else'",
      "FrameworkInfo update is not valid: Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update from 'false' to 'true'",
      "Supplied FrameworkInfo is not valid: 'FrameworkInfo.roles' contains invalid role: Role '..' cannot include '..' as a component",
      "'UpdateFramework' call is not valid: Suppressed roles { x } are not contained in the set of roles",
    ],
  );
});

test('SUPPRESS and REVIVE work on some roles or all, and not on foreign ones', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor } = await cluster.scheduler({ info: { roles: ['a', 'b'] } });
  actor.call({ type: 'SUPPRESS', suppress: { roles: ['a'] } });
  await cluster.agent();
  t.deepEqual(
    actor.offers.map((offer) => offer.allocation_info?.role),
    ['b'],
  );
  actor.call({ type: 'SUPPRESS' });
  await cluster.agent();
  await cluster.clock.advance(2000);
  t.is(actor.offers.length, 1);
  actor.call({ type: 'REVIVE', revive: { roles: ['a'] } });
  await cluster.clock.settle();
  t.is(actor.offers.at(-1)?.allocation_info?.role, 'a');
  actor.call({ type: 'REVIVE', revive: { roles: ['c'] } });
  actor.call({ type: 'SUPPRESS', suppress: { roles: ['/'] } });
  await cluster.clock.settle();
  t.is(cluster.metric('master/dropped_messages'), 2);
});

test('TEARDOWN ends the executors everywhere and the tasks, and gives back what was offered', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor: done } = await cluster.scheduler();
  const offer = must(done.offers[0]);
  done.launch(offer, [commandTask('t1', 'M-S0')]);
  await cluster.clock.advance(5000);
  t.is(done.offers.length, 2);
  done.call({ type: 'TEARDOWN' });
  await cluster.clock.settle();
  t.deepEqual(agent.actor.of('mesos.internal.ShutdownFrameworkMessage'), [{ framework_id: { value: 'M-0000' } }]);
  t.like(await cluster.get('/state'), {
    frameworks: [],
    completed_frameworks: [
      { active: false, connected: false, offers: [], completed_tasks: [{ id: 't1', state: 'TASK_KILLED' }] },
    ],
    slaves: [{ used_resources: { cpus: 0 }, offered_resources: { cpus: 0 } }],
  });
  t.is(cluster.metric('master/task_killed/source_master/reason_framework_removed'), 1);
  done.call({ type: 'REVIVE' });
  const { actor: other } = await cluster.scheduler();
  t.like(other.offers[0]?.resources?.[0], { name: 'cpus', scalar: { value: 4 } });
  t.is(cluster.metric('master/dropped_messages'), 1);
});

test('no more than max_completed_frameworks frameworks that ended are remembered', async (t) => {
  await using cluster = await TestCluster.start({ flags: { max_completed_frameworks: 2 } });
  for (let i = 0; i < 4; i++) {
    const { actor } = await cluster.scheduler();
    actor.call({ type: 'TEARDOWN' });
    await cluster.clock.settle();
  }
  t.like(await cluster.get('/frameworks'), { completed_frameworks: [{ id: 'M-0002' }, { id: 'M-0003' }] });
});

test('messages of frameworks without executors that listen and of strangers change nothing', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor } = await cluster.scheduler();
  const stranger = await cluster.scheduler();
  stranger.actor.frameworkId = actor.frameworkId;
  stranger.actor.call({ type: 'TEARDOWN' });
  stranger.actor.frameworkId = 'nobody';
  stranger.actor.call({ type: 'TEARDOWN' });
  await cluster.clock.settle();
  t.is(cluster.metric('master/frameworks_active'), 2);
  t.is(cluster.metric('master/dropped_messages'), 2);
});
