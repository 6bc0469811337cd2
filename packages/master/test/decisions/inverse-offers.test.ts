import test from 'ava';
import { commandTask, TestCluster, type TestAgent, type TestScheduler } from '../../src/testing/index.ts';
import { call, get } from '../http/operator-support.ts';
import { must } from '../must.ts';
import type { InverseOffer, SchedulerEvent, Unavailability } from '@mesos-ts/protocol';

const unavailability: Unavailability = { start: { nanoseconds: 4_102_444_800_000_000_000 } };

function machineOf({ self }: TestAgent): { hostname: string; ip: string } {
  return { hostname: 'test-agent', ip: self.address.split(':')[0] ?? '' };
}

/** Plans that the machines of agents will be away, and no others. */
async function plan(cluster: TestCluster, agents: readonly TestAgent[], when = unavailability): Promise<void> {
  const windows = agents.map((agent) => ({ machine_ids: [machineOf(agent)], unavailability: when }));
  await call(cluster, {
    type: 'UPDATE_MAINTENANCE_SCHEDULE',
    update_maintenance_schedule: { schedule: { windows } },
  });
  await cluster.clock.settle();
}

function asked(scheduler: { of(type: 'INVERSE_OFFERS'): SchedulerEvent[] }): InverseOffer[] {
  return scheduler.of('INVERSE_OFFERS').flatMap((event) => event.inverse_offers?.inverse_offers ?? []);
}

function rescinded(scheduler: TestScheduler): (string | undefined)[] {
  return scheduler.of('RESCIND_INVERSE_OFFER').map((event) => event.rescind_inverse_offer?.inverse_offer_id.value);
}

async function statuses(cluster: TestCluster): Promise<unknown> {
  const { draining_machines = [] } = (await cluster.get('/maintenance/status')) as {
    draining_machines?: { statuses?: { status: string; framework_id: { value: string } }[] }[];
  };
  return draining_machines.map(({ statuses: all = [] }) =>
    all.map(({ framework_id, status }) => `${framework_id.value} ${status}`),
  );
}

/** A cluster with an agent on which a task of a framework runs. */
async function running(options: Parameters<typeof TestCluster.start>[0] = {}): Promise<{
  cluster: TestCluster;
  agent: Awaited<ReturnType<TestCluster['agent']>>;
  scheduler: Awaited<ReturnType<TestCluster['scheduler']>>;
}> {
  const cluster = await TestCluster.start(options);
  const agent = await cluster.agent();
  const scheduler = await cluster.scheduler({ info: { failover_timeout: 3600 } });
  // What is left of the agent is refused for long, so that only the task holds the framework there.
  scheduler.actor.launch(must(scheduler.actor.offers[0]), [commandTask('t', 'M-S0')], 1e6);
  await cluster.clock.settle();
  return { cluster, agent, scheduler };
}

test('a framework is asked for what it has of an agent that will be away, and the answer is shown', async (t) => {
  const { agent, cluster, scheduler } = await running();
  await using _ = cluster;
  await plan(cluster, [agent.actor]);
  const [offer] = asked(scheduler.actor);
  const { address } = agent.actor.self;
  t.like(offer, {
    framework_id: { value: 'M-0000' },
    agent_id: { value: 'M-S0' },
    unavailability,
    url: { scheme: 'http', address: { hostname: 'test-agent', ip: address.split(':')[0] }, path: '/slave(1)' },
  });
  t.is(offer?.resources, undefined);
  t.like(await get(cluster, 'GET_FRAMEWORKS'), {
    get_frameworks: { frameworks: [{ inverse_offers: [{ id: must(offer).id }] }] },
  });
  scheduler.actor.call({
    type: 'ACCEPT_INVERSE_OFFERS',
    accept_inverse_offers: { inverse_offer_ids: [must(offer).id], filters: { refuse_seconds: 60 } },
  });
  await cluster.clock.settle();
  t.deepEqual(await get(cluster, 'GET_MAINTENANCE_STATUS'), {
    type: 'GET_MAINTENANCE_STATUS',
    get_maintenance_status: {
      status: {
        draining_machines: [
          {
            id: machineOf(agent.actor),
            statuses: [
              {
                status: 'ACCEPT',
                framework_id: { value: 'M-0000' },
                timestamp: { nanoseconds: cluster.clock.now() * 1e6 },
              },
            ],
          },
        ],
      },
    },
  });
  await cluster.clock.advance(59_000);
  t.is(asked(scheduler.actor).length, 1);
  // Then it is asked again, and may have changed its mind.
  await cluster.clock.advance(2000);
  t.is(asked(scheduler.actor).length, 2);
  scheduler.actor.call({
    type: 'DECLINE_INVERSE_OFFERS',
    decline_inverse_offers: { inverse_offer_ids: [must(asked(scheduler.actor)[1]).id] },
  });
  await cluster.clock.settle();
  t.deepEqual(await statuses(cluster), [['M-0000 DECLINE']]);
  t.deepEqual(rescinded(scheduler.actor), []);
});

test('who is only offered an agent is asked as well, and who has nothing of it is not', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const { actor: offered } = await cluster.scheduler();
  const { actor: other } = await cluster.scheduler();
  other.call({ type: 'SUPPRESS', suppress: {} });
  await cluster.clock.settle();
  await plan(cluster, [agent]);
  const types = offered.events.map(({ type }) => type);
  t.deepEqual(types, ['SUBSCRIBED', 'OFFERS', 'RESCIND', 'OFFERS', 'INVERSE_OFFERS']);
  t.deepEqual(asked(other), []);
});

test('over HTTP, too', async (t) => {
  await using cluster = await TestCluster.start();
  const { actor: agent } = await cluster.agent();
  const scheduler = await cluster.httpScheduler();
  await plan(cluster, [agent]);
  const { id } = must(asked(scheduler)[0]);
  t.deepEqual(
    await scheduler.call({ type: 'DECLINE_INVERSE_OFFERS', decline_inverse_offers: { inverse_offer_ids: [id] } }),
    { status: 202, text: '' },
  );
  t.deepEqual(await statuses(cluster), [['M-0000 DECLINE']]);
});

test('answers to what is not outstanding, or not asked of the framework, are ignored and the others count', async (t) => {
  const { agent, cluster, scheduler } = await running();
  await using _ = cluster;
  const { actor: stranger } = await cluster.scheduler();
  await plan(cluster, [agent.actor]);
  const { id } = must(asked(scheduler.actor)[0]);
  stranger.call({ type: 'ACCEPT_INVERSE_OFFERS', accept_inverse_offers: { inverse_offer_ids: [id] } });
  await cluster.clock.settle();
  t.deepEqual(await statuses(cluster), [[]]);
  scheduler.actor.call({
    type: 'DECLINE_INVERSE_OFFERS',
    decline_inverse_offers: { inverse_offer_ids: [{ value: 'x' }, id, id] },
  });
  await cluster.clock.settle();
  t.deepEqual(await statuses(cluster), [['M-0000 DECLINE']]);
});

test('when the time changes, what was asked is taken back, what was answered is forgotten, and all are asked anew', async (t) => {
  const { agent, cluster, scheduler } = await running();
  await using _ = cluster;
  const { actor } = scheduler;
  const answer = async (index: number): Promise<void> => {
    const inverse_offer_ids = [must(asked(actor)[index]).id];
    const filters = { refuse_seconds: 1e6 };
    actor.call({ type: 'ACCEPT_INVERSE_OFFERS', accept_inverse_offers: { inverse_offer_ids, filters } });
    await cluster.clock.settle();
  };
  await plan(cluster, [agent.actor]);
  await answer(0);
  const later = { start: { nanoseconds: 4_102_444_900_000_000_000 } };
  await plan(cluster, [agent.actor], later);
  t.deepEqual(await statuses(cluster), [[]]);
  t.deepEqual(must(asked(actor)[1]).unavailability, later);
  await plan(cluster, [agent.actor]);
  t.deepEqual(rescinded(actor), [must(asked(actor)[1]).id.value]);
  await answer(2);
  t.deepEqual(await statuses(cluster), [['M-0000 ACCEPT']]);
  await plan(cluster, []);
  t.deepEqual(await statuses(cluster), []);
  await cluster.clock.advance(60_000);
  t.is(asked(actor).length, 3);
});

test('an inverse offer is taken back with its agent, and comes again with it', async (t) => {
  const { agent, cluster, scheduler } = await running();
  await using _ = cluster;
  const { actor } = scheduler;
  await plan(cluster, [agent.actor]);
  await call(cluster, { type: 'DEACTIVATE_AGENT', deactivate_agent: { agent_id: { value: 'M-S0' } } });
  await cluster.clock.advance(10_000);
  t.deepEqual(rescinded(actor), [must(asked(actor)[0]).id.value]);
  t.is(asked(actor).length, 1);
  await call(cluster, { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id: { value: 'M-S0' } } });
  await cluster.clock.settle();
  t.is(asked(actor).length, 2);
  await call(cluster, { type: 'START_MAINTENANCE', start_maintenance: { machines: [machineOf(agent.actor)] } });
  await cluster.clock.settle();
  t.deepEqual(
    rescinded(actor),
    asked(actor).map(({ id }) => id.value),
  );
  t.is(actor.statuses.at(-1)?.state, 'TASK_LOST');
});

test('a scheduler that is away is not asked, and is when it is back; one that has ended has answered nothing', async (t) => {
  const { agent, cluster, scheduler } = await running();
  await using _ = cluster;
  await cluster.kill(scheduler);
  await plan(cluster, [agent.actor]);
  await cluster.clock.advance(10_000);
  const { actor: successor } = await cluster.scheduler({ info: { id: { value: 'M-0000' }, failover_timeout: 3600 } });
  await cluster.clock.settle();
  t.is(asked(successor).length, 1);
  // It subscribes again, and has forgotten what it was asked.
  successor.subscribe();
  await cluster.clock.advance(1000);
  t.is(asked(successor).length, 2);
  const { id } = must(asked(successor)[1]);
  successor.call({ type: 'ACCEPT_INVERSE_OFFERS', accept_inverse_offers: { inverse_offer_ids: [id] } });
  await cluster.clock.settle();
  t.deepEqual(await statuses(cluster), [['M-0000 ACCEPT']]);
  successor.call({ type: 'TEARDOWN' });
  await cluster.clock.settle();
  t.deepEqual(await statuses(cluster), [[]]);
});

test('an inverse offer that is not answered in time is taken back, and made again', async (t) => {
  const { agent, cluster, scheduler } = await running({ flags: { offer_timeout: 30_000 } });
  await using _ = cluster;
  await plan(cluster, [agent.actor]);
  await cluster.clock.advance(31_000);
  t.deepEqual(rescinded(scheduler.actor), [must(asked(scheduler.actor)[0]).id.value]);
  await cluster.clock.advance(1000);
  t.is(asked(scheduler.actor).length, 2);
});

test('a master that takes over asks again, once agent and framework are there', async (t) => {
  const { agent, cluster, scheduler } = await running();
  await using _ = cluster;
  await plan(cluster, [agent.actor]);
  await cluster.failover();
  scheduler.actor.events.length = 0;
  scheduler.actor.subscribe();
  agent.actor.reregister();
  await cluster.clock.advance(1000);
  t.deepEqual(must(asked(scheduler.actor)[0]).unavailability, unavailability);
});
