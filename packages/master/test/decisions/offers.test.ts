import test from 'ava';
import { commandTask, TestCluster } from '../../src/testing/index.ts';
import { must } from '../must.ts';

test('an offer says where the agent is, what it has and what the framework runs there', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor } = await cluster.scheduler({ info: { roles: ['eng'] } });
  t.like(actor.offers[0], {
    id: { value: 'M-O0' },
    framework_id: { value: 'M-0000' },
    agent_id: { value: 'M-S0' },
    hostname: 'test-agent',
    url: {
      scheme: 'http',
      path: '/slave(1)',
      address: { hostname: 'test-agent', ip: agent.runtime.address.split(':')[0], port: 5050 },
    },
    allocation_info: { role: 'eng' },
    attributes: [{ name: 'rack', type: 'TEXT', text: { value: 'r1' } }],
  });
  t.like(actor.offers[0]?.resources, [
    { name: 'cpus', type: 'SCALAR', scalar: { value: 4 }, allocation_info: { role: 'eng' } },
  ]);
});

test('a framework of the first version sees offers without roles of allocation and with a role on each resource', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent({ resources: 'cpus(eng):1;mem:100' });
  const { actor } = await cluster.scheduler({ capabilities: [], info: { role: 'eng' } });
  t.is(actor.offers[0]?.allocation_info, undefined);
  t.deepEqual(
    actor.offers[0]?.resources?.map(({ allocation_info, name, role }) => ({ allocation_info, name, role })),
    [
      { allocation_info: undefined, name: 'cpus', role: 'eng' },
      { allocation_info: undefined, name: 'mem', role: '*' },
    ],
  );
});

test('a declined offer is made again after the time that the framework gave, 5 s by default', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const { actor } = await cluster.scheduler();
  const decline = (seconds?: number): void => {
    const offer = must(actor.offers.at(-1));
    const filters = seconds === undefined ? {} : { filters: { refuse_seconds: seconds } };
    actor.call({ type: 'DECLINE', decline: { offer_ids: [offer.id], ...filters } });
  };
  decline();
  await cluster.clock.advance(4999);
  t.is(actor.offers.length, 1);
  await cluster.clock.advance(1001);
  t.is(actor.offers.length, 2);
  decline(20);
  await cluster.clock.advance(19_000);
  t.is(actor.offers.length, 2);
  await cluster.clock.advance(2000);
  t.is(actor.offers.length, 3);
  decline(0);
  await cluster.clock.advance(1000);
  t.is(actor.offers.length, 4);
});

test('what one framework declines is offered to another', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const first = await cluster.scheduler();
  const second = await cluster.scheduler();
  t.is(second.actor.offers.length, 0);
  const offer = must(first.actor.offers[0]);
  second.actor.call({ type: 'DECLINE', decline: { offer_ids: [offer.id] } });
  await cluster.clock.advance(1000);
  t.is(second.actor.offers.length, 0, 'nobody can decline for another');
  first.actor.call({ type: 'DECLINE', decline: { offer_ids: [offer.id] } });
  await cluster.clock.advance(1000);
  t.is(second.actor.offers.length, 1);
});

test('an offer that is kept longer than offer_timeout is rescinded and made anew', async (t) => {
  await using cluster = await TestCluster.start({ flags: { offer_timeout: 10_000 } });
  await cluster.agent();
  const { actor } = await cluster.scheduler();
  const [offer] = actor.offers;
  await cluster.clock.advance(9999);
  t.is(actor.of('RESCIND').length, 0);
  await cluster.clock.advance(1001);
  t.is(actor.of('RESCIND')[0]?.rescind?.offer_id.value, offer?.id.value);
  const next = must(actor.offers.at(-1));
  actor.launch(next, [commandTask('t1', 'M-S0')], 3600);
  await cluster.clock.advance(60_000);
  t.is(actor.of('RESCIND').length, 1, 'an accepted offer does not time out');
});

test('what an accepted offer leaves is filtered as a declined offer is', async (t) => {
  await using cluster = await TestCluster.start();
  await cluster.agent();
  const { actor } = await cluster.scheduler();
  const offer = must(actor.offers[0]);
  actor.launch(offer, [commandTask('t1', 'M-S0')], 30);
  await cluster.clock.advance(29_000);
  t.is(actor.offers.length, 1);
  await cluster.clock.advance(2000);
  t.like(actor.offers[1]?.resources?.[0], { name: 'cpus', scalar: { value: 3 } });
});

test('agents that were removed and came back between allocation and offer are not offered twice', async (t) => {
  await using cluster = await TestCluster.start();
  const agent = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler();
  const id = agent.actor.agentId;
  agent.actor.tell('mesos.internal.UnregisterAgentMessage', { agent_id: { value: id } });
  agent.actor.reregister();
  await cluster.clock.advance(3000);
  const offered = scheduler.offers.map((offer) => offer.agent_id.value);
  t.deepEqual(offered, [id]);
  t.like(await cluster.get('/slaves'), { slaves: [{ offered_resources: { cpus: 4 } }] });
});
