import { MemoryNetwork, PID, Runtime, SeededRandom } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import fc from 'fast-check';
import { startMaster } from '../../src/index.ts';
import { readRegistry } from '../../src/registrar/contents.ts';
import { commandTask, TestAgent, TestCluster, type OnMachine } from '../../src/testing/index.ts';
import { must } from '../must.ts';
import { HeldStorage } from '../registrar/support.ts';
import type { MasterFlags } from '../../src/flags.ts';

const minuteMs = 60_000;

interface Held {
  readonly cluster: TestCluster;
  readonly storage: HeldStorage;
}

/** A cluster whose registry can be held. */
async function start(flags: Partial<MasterFlags> = {}): Promise<Held> {
  const storage = new HeldStorage();
  return { storage, cluster: await TestCluster.start({ registry: storage, flags }) };
}

async function markGone(cluster: TestCluster, id: string): Promise<{ status: number; text: string }> {
  const { body, status } = await cluster.runtime.inject({
    url: '/api/v1',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value: id } } }),
  });
  return { status, text: body.toString() };
}

test('an agent is not told that it is registered, nor shown or offered, before the registry has it', async (t) => {
  const { cluster, storage } = await start();
  await using _ = cluster;
  const { actor: scheduler } = await cluster.scheduler();
  storage.isHolding = true;
  const { actor } = await cluster.agent();
  actor.register();
  await cluster.clock.advance(3000);
  t.deepEqual(actor.received, []);
  t.deepEqual(scheduler.offers, []);
  t.deepEqual(await cluster.get('/slaves'), { slaves: [], recovered_slaves: [] });
  t.is(storage.held.length, 1, 'the second message is dropped');
  storage.held[0]?.go();
  await cluster.clock.settle();
  t.is(actor.agentId, 'M-S0');
  t.is(cluster.metric('master/slave_registrations'), 1);
  await cluster.clock.advance(1000);
  t.is(scheduler.offers.length, 1);
});

test('a task is not told to be unreachable before the registry has it, and its agent must wait to come back', async (t) => {
  const { cluster, storage } = await start();
  await using _ = cluster;
  const { actor: agent } = await cluster.agent();
  const { actor: scheduler } = await cluster.scheduler();
  scheduler.launch(must(scheduler.offers[0]), [commandTask('t1', 'M-S0')]);
  await cluster.clock.settle();
  storage.isHolding = true;
  agent.answersPings = false;
  await cluster.clock.advance(95_000);
  t.deepEqual(scheduler.statuses, []);
  t.deepEqual(scheduler.of('FAILURE'), []);
  t.deepEqual(await markGone(cluster, 'M-S0'), {
    status: 503,
    text: "Agent 'M-S0' is being transitioned to unreachable",
  });
  agent.reregister();
  agent.tell('mesos.internal.UnregisterAgentMessage', { agent_id: { value: 'M-S0' } });
  await cluster.clock.settle();
  t.deepEqual(agent.of('mesos.internal.AgentReregisteredMessage'), []);
  t.is(storage.held.length, 1);
  storage.held[0]?.go();
  await cluster.clock.settle();
  t.is(scheduler.statuses[0]?.state, 'TASK_UNREACHABLE');
  t.is(scheduler.of('FAILURE').length, 1);
  storage.isHolding = false;
  agent.reregister();
  await cluster.clock.settle();
  t.is(agent.of('mesos.internal.AgentReregisteredMessage').length, 1);
});

test('an agent is neither told that it is gone, nor is the operator, before the registry has it', async (t) => {
  const { cluster, storage } = await start();
  await using _ = cluster;
  const { actor: agent } = await cluster.agent();
  storage.isHolding = true;
  let answer: number | undefined;
  const answered = markGone(cluster, 'M-S0').then(({ status }) => (answer = status));
  await cluster.clock.settle();
  t.is(answer, undefined);
  t.deepEqual(agent.of('mesos.internal.ShutdownMessage'), []);
  t.deepEqual(await markGone(cluster, 'M-S0'), {
    status: 503,
    text: "Agent 'M-S0' is already being transitioned to gone",
  });
  agent.reregister();
  await cluster.clock.settle();
  t.deepEqual(agent.of('mesos.internal.AgentReregisteredMessage'), []);
  storage.held[0]?.go();
  t.is(await answered, 200);
  t.is(agent.of('mesos.internal.ShutdownMessage').length, 1);
  t.is((await markGone(cluster, 'M-S0')).status, 200);
});

test('an agent that leaves is removed when the registry has it, and may come back at once', async (t) => {
  const { cluster, storage } = await start();
  await using _ = cluster;
  const { actor: agent } = await cluster.agent();
  storage.isHolding = true;
  agent.tell('mesos.internal.UnregisterAgentMessage', { agent_id: { value: 'M-S0' } });
  agent.reregister();
  await cluster.clock.settle();
  t.like(await cluster.get('/slaves'), { slaves: [{ id: 'M-S0' }] });
  t.is((await markGone(cluster, 'M-S0')).text, "Agent 'M-S0' is being transitioned to removed");
  storage.held[0]?.go();
  await cluster.clock.settle();
  t.like(await cluster.get('/slaves'), { slaves: [] });
  t.is(cluster.metric('master/slave_removals/reason_unregistered'), 1);
  storage.held[1]?.go();
  await cluster.clock.settle();
  t.like(await cluster.get('/slaves'), { slaves: [{ id: 'M-S0' }] });
  t.is(agent.of('mesos.internal.AgentReregisteredMessage').length, 1);
});

test('a registry that cannot be written ends the master, which tells nobody anything', async (t) => {
  const { cluster, storage } = await start();
  await using _ = cluster;
  storage.isHolding = true;
  const { actor } = await cluster.agent();
  storage.held[0]?.fail(new Error('no space left on device'));
  await cluster.clock.settle();
  t.is(await cluster.master.ended, 'failed');
  t.deepEqual(actor.received, []);
  t.true(cluster.log.some((line) => line.includes('Failed to update registry: no space left on device')));
});

test('a registry that is not written within the store timeout ends the master', async (t) => {
  const { cluster, storage } = await start({ registry_store_timeout: 5000 });
  await using _ = cluster;
  storage.isHolding = true;
  await cluster.agent();
  await cluster.clock.advance(5001);
  t.is(await cluster.master.ended, 'failed');
  t.true(cluster.log.some((line) => line.includes('Failed to perform store within 5secs')));
});

test('before the registry is recovered messages are dropped, calls are answered 503, and views are empty', async (t) => {
  const storage = new HeldStorage();
  storage.isHolding = true;
  const clock = new TestClock();
  const network = new MemoryNetwork();
  await using runtime = await new Runtime({
    clock,
    transport: network.transport(),
    random: new SeededRandom(1),
    delegate: 'master',
  }).start();
  await using machine = await new Runtime({ clock, transport: network.transport() }).start();
  const starting = startMaster({ runtime, id: 'M', registry: storage, flags: { hostname: 'h' } });
  while (storage.held.length === 0) await clock.settle();
  const get = async (url: string): Promise<unknown> => JSON.parse((await runtime.inject({ url })).body.toString());
  const agent = new TestAgent({ master: PID.parse(`master@${runtime.address}`) });
  machine.spawn(agent);
  await clock.settle();
  agent.register();
  await clock.settle();
  for (const url of ['/api/v1', '/api/v1/scheduler']) {
    const { body, status } = await runtime.inject({ url, method: 'POST', body: '{}' });
    t.deepEqual([status, body.toString()], [503, 'Master has not finished recovery']);
  }
  t.deepEqual(await get('/slaves'), { slaves: [], recovered_slaves: [] });
  t.deepEqual(await get('/registrar(1)/registry'), {});
  t.is(runtime.metrics.snapshot()['master/dropped_messages'], 1);
  storage.isHolding = false;
  storage.held[0]?.go();
  await using _ = await starting;
  t.deepEqual(agent.received, []);
  agent.register();
  await clock.settle();
  t.is(agent.agentId, 'M-S0');
});

test('silent agents become unreachable no faster than the rate limit; one that answers meanwhile stays', async (t) => {
  const { cluster } = await start({ agent_removal_rate_limit: '1/5mins' });
  await using _ = cluster;
  const agents: OnMachine<TestAgent>[] = [];
  for (let index = 0; index < 3; index++) agents.push(await cluster.agent());
  for (const { actor } of agents) actor.answersPings = false;
  await cluster.clock.advance(95_000);
  t.is(cluster.metric('master/slave_unreachable_scheduled'), 3);
  t.is(cluster.metric('master/slaves_unreachable'), 1);
  must(agents[1]).actor.answersPings = true;
  await cluster.clock.advance(minuteMs);
  t.is(cluster.metric('master/slave_unreachable_canceled'), 1);
  await cluster.clock.advance(4 * minuteMs);
  t.is(cluster.metric('master/slaves_unreachable'), 2);
  t.is(cluster.metric('master/slave_unreachable_completed'), 2);
  await cluster.clock.advance(10 * minuteMs);
  t.like(await cluster.get('/slaves'), { slaves: [{ id: 'M-S1' }] });
});

test('agents that were unreachable or gone for long are forgotten, and the oldest of too many', async (t) => {
  const flags = { registry_gc_interval: minuteMs, registry_max_agent_age: 30 * minuteMs, registry_max_agent_count: 2 };
  const { cluster } = await start(flags);
  await using _ = cluster;
  const agents: OnMachine<TestAgent>[] = [];
  for (let index = 0; index < 4; index++) agents.push(await cluster.agent());
  t.is((await markGone(cluster, 'M-S3')).status, 200);
  for (const { actor } of agents.slice(0, 3)) {
    actor.answersPings = false;
    await cluster.clock.advance(1000);
  }
  const listed = async (): Promise<unknown> => {
    const registry = (await cluster.get('/registrar(1)/registry')) as Record<
      string,
      { slaves: { id: { value: string } }[] } | undefined
    >;
    return ['unreachable', 'gone'].map((list) => registry[list]?.slaves.map(({ id }) => id.value).join() ?? '');
  };
  await cluster.clock.advance(92_000);
  t.deepEqual(await listed(), ['M-S0,M-S1,M-S2', 'M-S3']);
  await cluster.clock.advance(minuteMs);
  t.deepEqual(await listed(), ['M-S1,M-S2', 'M-S3']);
  t.is(cluster.metric('master/slaves_unreachable'), 2);
  await cluster.clock.advance(32 * minuteMs);
  t.deepEqual(await listed(), ['', '']);
  t.is(cluster.metric('master/slaves_unreachable'), 0);
  const back = must(agents[0]).actor;
  back.answersPings = true;
  back.reregister();
  await cluster.clock.settle();
  t.is(back.of('mesos.internal.AgentReregisteredMessage').length, 1, 'one that is forgotten is let in all the same');
});

test('at every moment what a master shows is what the registry has, and so the next one knows all of it', async (t) => {
  // What happens to one of three agents, or to the disk.
  const step = fc.tuple(fc.constantFrom('register', 'reregister', 'leave', 'gone', 'write', 'write'), fc.nat(2));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { cluster, storage } = await start();
      await using _ = cluster;
      const agents = [await cluster.agent(), await cluster.agent(), await cluster.agent()].map(({ actor }) => actor);
      const shown = async (list: 'slaves' | 'recovered_slaves'): Promise<string[]> => {
        const answer = (await cluster.get('/slaves')) as Record<string, { id: string }[]>;
        return (answer[list] ?? []).map(({ id }) => id).toSorted();
      };
      storage.isHolding = true;
      const gone = new Set<string>();
      for (const [what, index] of steps) {
        const actor = must(agents[index]);
        const { agentId } = actor;
        if (what === 'register') actor.register();
        else if (what === 'reregister') actor.reregister();
        else if (what === 'leave')
          actor.tell('mesos.internal.UnregisterAgentMessage', { agent_id: { value: agentId } });
        else if (what === 'write') storage.held.shift()?.go();
        else
          void markGone(cluster, agentId).then(
            ({ status }) => status === 200 && gone.add(agentId),
            () => undefined,
          );
        await cluster.clock.settle();
        const registry = readRegistry((await storage.get('registry'))?.value ?? new Uint8Array());
        t.deepEqual(await shown('slaves'), [...registry.agents.keys()].toSorted());
        for (const id of gone) t.true(registry.gone.has(id), `${id} was said to be gone`);
      }
      const known = await shown('slaves');
      storage.isHolding = false;
      await cluster.failover();
      t.deepEqual(await shown('recovered_slaves'), known);
    }),
    { numRuns: 40 },
  );
});
