import test from 'ava';
import { approversBy, type Action, type Authorizer } from '@mesos-ts/daemon';
import { commandTask, TestAgent, TestCluster } from '../../src/testing/index.ts';
import { HeldStorage } from '../registrar/support.ts';
import { must } from '../must.ts';
import { call, get, subscribe } from './operator-support.ts';
import type { MachineID, Unavailability } from '@mesos-ts/protocol';

const start = { nanoseconds: 4_102_444_800_000_000_000 };
const unavailability: Unavailability = { start, duration: { nanoseconds: 3_600_000_000_000 } };
const absent: MachineID = { hostname: 'absent', ip: '10.0.0.1' };

const schedule = (...machine_ids: MachineID[]): object => ({
  windows: machine_ids.length === 0 ? [] : [{ machine_ids, unavailability }],
});

/** The machine that an agent is on, as it tells it to the master. */
function machineOf({ self }: TestAgent): MachineID {
  return { hostname: 'test-agent', ip: self.address.split(':')[0] };
}

async function ask(cluster: TestCluster, url: string, body: unknown): Promise<[number, string]> {
  const answer = await cluster.runtime.inject({ url, method: 'POST', body: JSON.stringify(body) });
  await cluster.clock.settle();
  return [answer.status, answer.body.toString()];
}

const plan = (cluster: TestCluster, ...machines: MachineID[]): Promise<[number, string]> =>
  ask(cluster, '/maintenance/schedule', schedule(...machines));

/** An authorizer who allows everything but some actions on some machines. */
function denying(actions: readonly Action[], hostname?: string): Authorizer {
  return {
    approvers: () =>
      approversBy((action, object) => {
        const machine = (object as { machine_id?: MachineID } | undefined)?.machine_id;
        return !actions.includes(action) || (hostname !== undefined && machine?.hostname !== hostname);
      }),
  };
}

test('a machine is scheduled, goes down and comes up by the calls of version 1, and each is told', async (t) => {
  await using cluster = await TestCluster.start();
  const machines = [absent];
  const did = async (body: object): Promise<number> => (await call(cluster, body)).status;
  t.is(
    await did({ type: 'UPDATE_MAINTENANCE_SCHEDULE', update_maintenance_schedule: { schedule: schedule(absent) } }),
    200,
  );
  const shown = { windows: [{ machine_ids: machines, unavailability }] };
  t.like(await get(cluster, 'GET_MAINTENANCE_SCHEDULE'), { get_maintenance_schedule: { schedule: shown } });
  t.deepEqual(await cluster.get('/maintenance/schedule'), shown);
  t.deepEqual(await get(cluster, 'GET_MAINTENANCE_STATUS'), {
    type: 'GET_MAINTENANCE_STATUS',
    get_maintenance_status: { status: { draining_machines: [{ id: absent }] } },
  });
  t.is(await did({ type: 'START_MAINTENANCE', start_maintenance: { machines } }), 200);
  t.deepEqual(await cluster.get('/maintenance/status'), { down_machines: [absent] });
  t.is(await did({ type: 'STOP_MAINTENANCE', stop_maintenance: { machines } }), 200);
  t.deepEqual(await cluster.get('/maintenance/status'), {});
  t.deepEqual(await cluster.get('/maintenance/schedule'), {});
});

test('what cannot be is refused in the words of Mesos, and changes nothing', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const mine = machineOf(agent);
  const name = '{"hostname":"absent","ip":"10.0.0.1"}';
  t.deepEqual(await plan(cluster, absent), [200, '']);
  const refusals: [string, unknown, string][] = [
    ['/machine/up', [absent], `Machine '${name}' is not in DOWN mode and cannot be brought up`],
    ['/machine/down', [absent, absent], `Machine '${name}' appears more than once in the schedule`],
    [
      '/machine/down',
      [{ hostname: 'absent' }],
      `Machine '{"hostname":"absent"}' is not part of a maintenance schedule`,
    ],
    ['/machine/down', [{ ip: '::1' }], 'Failed to parse IPv4: ::1'],
    ['/machine/down', [{ hostname: '' }], "Both 'hostname' and 'ip' for a machine are empty"],
    // Mesos knows the machines of agents, and those that were in the schedule once.
    ['/machine/down', [mine], `Machine '${JSON.stringify(mine)}' is not in DRAINING mode and cannot be brought down`],
  ];
  for (const [url, body, text] of refusals) t.deepEqual(await ask(cluster, url, body), [400, text]);
  t.deepEqual(await ask(cluster, '/machine/down', [absent]), [200, '']);
  t.deepEqual(await ask(cluster, '/machine/down', [absent]), [
    400,
    `Machine '${name}' is not in DRAINING mode and cannot be brought down`,
  ]);
  t.deepEqual(await plan(cluster, mine), [
    400,
    `Machine '${name}' is deactivated and cannot be removed from the schedule`,
  ]);
  t.deepEqual(await cluster.get('/maintenance/status'), { down_machines: [absent] });
  t.deepEqual(await ask(cluster, '/machine/up', [absent]), [200, '']);
  t.deepEqual(await ask(cluster, '/machine/up', [absent]), [
    400,
    `Machine '${name}' is not in DOWN mode and cannot be brought up`,
  ]);
});

test('offers of a scheduled machine are rescinded and come again with the time, and others stay', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const { actor: other } = await cluster.agent({ hostname: 'other' });
  const { actor: scheduler } = await cluster.scheduler();
  const offerOf = (agentId: string) => must(scheduler.offers.findLast(({ agent_id }) => agent_id.value === agentId));
  const before = offerOf(agent.agentId);
  const kept = offerOf(other.agentId);
  t.is(before.unavailability, undefined);
  t.deepEqual(await plan(cluster, machineOf(agent)), [200, '']);
  await cluster.clock.advance(1000);
  t.deepEqual(
    scheduler.of('RESCIND').map(({ rescind }) => rescind?.offer_id),
    [before.id],
  );
  t.deepEqual(offerOf(agent.agentId).unavailability, unavailability);
  t.is(offerOf(other.agentId), kept);
  // The same again changes nothing; none takes the time out of offers.
  t.deepEqual(await plan(cluster, machineOf(agent)), [200, '']);
  t.is(scheduler.of('RESCIND').length, 1);
  t.deepEqual(await plan(cluster), [200, '']);
  await cluster.clock.advance(1000);
  t.is(scheduler.of('RESCIND').length, 2);
  t.is(offerOf(agent.agentId).unavailability, undefined);
});

test('agents of a machine that goes down end and are removed, and are let in when it is up', async (t) => {
  await using cluster = await TestCluster.start();
  const events = subscribe(cluster);
  const agent = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler();
  scheduler.launch(must(scheduler.offers[0]), [commandTask('t', 'M-S0')]);
  await cluster.clock.settle();
  const mine = machineOf(agent.actor);
  await plan(cluster, mine);
  t.deepEqual(await ask(cluster, '/machine/down', [mine]), [200, '']);
  t.deepEqual(agent.actor.of('mesos.internal.ShutdownMessage'), [{ message: "Operator initiated 'Machine DOWN'" }]);
  t.like(scheduler.statuses.at(-1), {
    state: 'TASK_LOST',
    source: 'SOURCE_MASTER',
    reason: 'REASON_AGENT_REMOVED',
    message: "Agent test-agent removed: Operator initiated 'Machine DOWN'",
  });
  t.deepEqual(
    scheduler.of('FAILURE').map(({ failure }) => failure?.agent_id?.value),
    ['M-S0'],
  );
  t.like(await cluster.get('/slaves'), { slaves: [] });
  t.is(cluster.metric('master/slave_removals'), 1);
  t.is(cluster.metric('master/slave_removals/reason_unregistered'), 0);
  // It comes back as the one that it was, and as a new one; neither is let in.
  const back = await cluster.restartAgent(agent);
  back.actor.reregister();
  await cluster.clock.settle();
  back.actor.register();
  await cluster.clock.settle();
  t.deepEqual(
    back.actor.of('mesos.internal.ShutdownMessage').map(({ message }) => message),
    ['Machine is `DOWN`', 'Machine is `DOWN`'],
  );
  t.like(await cluster.get('/slaves'), { slaves: [] });
  t.deepEqual(await ask(cluster, '/machine/up', [mine]), [200, '']);
  back.actor.register();
  await cluster.clock.settle();
  t.like(await cluster.get('/slaves'), { slaves: [{ id: 'M-S1', active: true }] });
  await cluster.clock.advance(1000);
  t.is(must(scheduler.offers.at(-1)).unavailability, undefined);
  const told = (await (await events)()).map(({ type }) => type);
  t.is(told.filter((type) => type === 'AGENT_REMOVED').length, 1);
});

test('a master that takes over knows what drains and what is down', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const mine = machineOf(agent.actor);
  await plan(cluster, mine, absent);
  await ask(cluster, '/machine/down', [absent]);
  await cluster.failover();
  t.deepEqual(await cluster.get('/maintenance/status'), {
    draining_machines: [{ id: mine }],
    down_machines: [absent],
  });
  t.deepEqual(await cluster.get('/maintenance/schedule'), {
    windows: [{ machine_ids: [mine, absent], unavailability }],
  });
  agent.actor.reregister();
  const { actor: scheduler } = await cluster.scheduler();
  t.deepEqual(must(scheduler.offers[0]).unavailability, unavailability);
  await ask(cluster, '/machine/down', [mine]);
  await cluster.failover();
  agent.actor.reregister();
  await cluster.clock.settle();
  t.is(agent.actor.of('mesos.internal.ShutdownMessage').at(-1)?.message, 'Machine is `DOWN`');
  t.like(await cluster.get('/slaves'), { slaves: [] });
});

test('nothing of it is told before it is durable, and who comes second is refused', async (t) => {
  const registry = new HeldStorage();
  await using cluster = await TestCluster.start({ registry });
  await plan(cluster, absent);
  registry.isHolding = true;
  const answers = [
    call(cluster, { type: 'START_MAINTENANCE', start_maintenance: { machines: [absent] } }),
    call(cluster, { type: 'START_MAINTENANCE', start_maintenance: { machines: [absent] } }),
    call(cluster, { type: 'UPDATE_MAINTENANCE_SCHEDULE', update_maintenance_schedule: { schedule: {} } }),
  ];
  await cluster.clock.settle();
  t.deepEqual(await cluster.get('/maintenance/status'), { draining_machines: [{ id: absent }] });
  registry.isHolding = false;
  while (registry.held.length > 0) {
    registry.held.shift()?.go();
    await cluster.clock.advance(100);
  }
  const statuses = (await Promise.all(answers)).map(({ status, text }) => [status, text]);
  const second = [409, 'The modes of machines have changed while processing the call'];
  t.deepEqual(statuses, [[200, ''], second, second]);
  t.deepEqual(await cluster.get('/maintenance/status'), { down_machines: [absent] });
});

test('an agent whose machine goes down while it is let in is sent away after all', async (t) => {
  const registry = new HeldStorage();
  await using cluster = await TestCluster.start({ registry });
  const agent = new TestAgent({ master: cluster.masterPid });
  (await cluster.machine()).spawn(agent);
  await cluster.clock.settle();
  const mine = machineOf(agent);
  await plan(cluster, mine);
  registry.isHolding = true;
  const down = call(cluster, { type: 'START_MAINTENANCE', start_maintenance: { machines: [mine] } });
  await cluster.clock.settle();
  agent.register();
  await cluster.clock.settle();
  registry.isHolding = false;
  while (registry.held.length > 0) {
    registry.held.shift()?.go();
    await cluster.clock.advance(100);
  }
  t.is((await down).status, 200);
  t.is(agent.of('mesos.internal.ShutdownMessage').length, 1);
  t.like(await cluster.get('/slaves'), { slaves: [] });
});

test('who may not is refused, machine by machine, and sees only what it may see', async (t) => {
  const other = { hostname: 'other' };
  await using cluster = await TestCluster.start({
    authorizer: denying(
      [
        'UPDATE_MAINTENANCE_SCHEDULE',
        'START_MAINTENANCE',
        'STOP_MAINTENANCE',
        'GET_MAINTENANCE_SCHEDULE',
        'GET_MAINTENANCE_STATUS',
      ],
      'other',
    ),
  });
  const forbidden = [403, '403 Forbidden.'];
  t.deepEqual(await plan(cluster, absent, other), forbidden);
  t.deepEqual(await plan(cluster, absent), [200, '']);
  t.deepEqual(await cluster.get('/maintenance/schedule'), { windows: [{ machine_ids: [absent], unavailability }] });
  t.deepEqual(await ask(cluster, '/machine/down', [absent]), [200, '']);
  t.deepEqual(await ask(cluster, '/machine/up', [absent]), [200, '']);
});

test('a schedule that leaves out a machine takes the right to plan for that one', async (t) => {
  const registry = new HeldStorage();
  await using cluster = await TestCluster.start({ registry });
  await plan(cluster, absent, { hostname: 'other' });
  await cluster.master.close();
  await using strict = await TestCluster.start({
    registry,
    authorizer: denying(
      [
        'UPDATE_MAINTENANCE_SCHEDULE',
        'GET_MAINTENANCE_SCHEDULE',
        'GET_MAINTENANCE_STATUS',
        'START_MAINTENANCE',
        'STOP_MAINTENANCE',
      ],
      'absent',
    ),
  });
  t.deepEqual(await plan(strict, { hostname: 'other' }), [403, '403 Forbidden.']);
  t.deepEqual(await plan(strict), [403, '403 Forbidden.']);
  t.deepEqual(await strict.get('/maintenance/schedule'), {
    windows: [{ machine_ids: [{ hostname: 'other' }], unavailability }],
  });
  t.deepEqual(await strict.get('/maintenance/status'), { draining_machines: [{ id: { hostname: 'other' } }] });
  t.deepEqual(await ask(strict, '/machine/down', [{ hostname: 'other' }, absent]), [403, '403 Forbidden.']);
});
