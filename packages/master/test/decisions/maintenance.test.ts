import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { commandTask, TestCluster, type TestAgent, type TestScheduler } from '../../src/testing/index.ts';
import { call } from '../http/operator-support.ts';
import { must } from '../must.ts';
import type { MachineID, MaintenanceSchedule } from '@mesos-ts/protocol';

/** What may happen, and to which agent or framework. */
const step = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 }));

interface Shown {
  readonly draining_machines?: readonly { readonly id: MachineID }[];
  readonly down_machines?: readonly MachineID[];
}

class Bench {
  readonly cluster: TestCluster;
  readonly agents: readonly TestAgent[];
  readonly schedulers: readonly TestScheduler[];
  /** A later time each, so that each plan is another one. */
  #start = 4_102_444_800_000_000_000;

  constructor(cluster: TestCluster, agents: readonly TestAgent[], schedulers: readonly TestScheduler[]) {
    this.cluster = cluster;
    this.agents = agents;
    this.schedulers = schedulers;
  }

  machineOf({ self }: TestAgent): MachineID {
    return { hostname: 'test-agent', ip: self.address.split(':')[0] };
  }

  /** Plans anew, with the machines that are down. Answers the status. */
  async plan(...agents: readonly TestAgent[]): Promise<number> {
    this.#start += 1_000_000_000_000;
    const { down_machines = [] } = (await this.cluster.get('/maintenance/status')) as Shown;
    const named = new Map([...agents.map((agent) => this.machineOf(agent)), ...down_machines].map((id) => [id.ip, id]));
    const machine_ids = [...named.values()];
    const unavailability = { start: { nanoseconds: this.#start } };
    const schedule: MaintenanceSchedule = {
      windows: machine_ids.length === 0 ? [] : [{ machine_ids, unavailability }],
    };
    const body = { type: 'UPDATE_MAINTENANCE_SCHEDULE', update_maintenance_schedule: { schedule } };
    return (await call(this.cluster, body)).status;
  }

  async happens(what: number, which: number, other: number): Promise<void> {
    const agent = must(this.agents[which]);
    const scheduler = must(this.schedulers[other]);
    const machines = [this.machineOf(agent)];
    const agent_id = { value: agent.agentId };
    if (what === 0) await this.plan(agent);
    else if (what === 1) await this.plan();
    else if (what === 2) await call(this.cluster, { type: 'START_MAINTENANCE', start_maintenance: { machines } });
    else if (what === 3) await call(this.cluster, { type: 'STOP_MAINTENANCE', stop_maintenance: { machines } });
    else if (what === 4) agent.register();
    else if (what === 5) await call(this.cluster, { type: 'DEACTIVATE_AGENT', deactivate_agent: { agent_id } });
    else if (what === 6) await call(this.cluster, { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id } });
    else if (what === 7) this.answer(scheduler, which === 0 ? 'ACCEPT' : 'DECLINE');
    else if (what === 8) scheduler.subscribe();
    else this.launch(scheduler);
  }

  /** Answers all that was asked, whether or not it is still to be answered. */
  answer(scheduler: TestScheduler, how: 'ACCEPT' | 'DECLINE'): void {
    const inverse_offer_ids = scheduler
      .of('INVERSE_OFFERS')
      .flatMap((event) => event.inverse_offers?.inverse_offers ?? [])
      .map(({ id }) => id);
    const answer = { inverse_offer_ids, filters: { refuse_seconds: 2 } };
    if (how === 'ACCEPT') scheduler.call({ type: 'ACCEPT_INVERSE_OFFERS', accept_inverse_offers: answer });
    else scheduler.call({ type: 'DECLINE_INVERSE_OFFERS', decline_inverse_offers: answer });
  }

  launch(scheduler: TestScheduler): void {
    for (const offer of scheduler.offers) {
      scheduler.launch(offer, [commandTask(`of ${offer.id.value}`, offer.agent_id.value, 'cpus:1;mem:1')], 1);
    }
  }

  /** Both agents are there, and for each of them somebody is asked. */
  async isAsked(t: ExecutionContext): Promise<void> {
    const { slaves } = (await this.cluster.get('/slaves')) as { slaves: { id: string }[] };
    t.is(slaves.length, 2);
    const agents = new Set((await outstanding(this.cluster)).map((each) => each.split(' ')[1]));
    t.deepEqual(
      slaves.filter(({ id }) => !agents.has(id)),
      [],
    );
  }

  /** The addresses of the agents that are there, and those of machines that are down. */
  async agentsOf(): Promise<{ here: string[]; down: (string | undefined)[] }> {
    const { slaves } = (await this.cluster.get('/slaves')) as { slaves: { pid: string }[] };
    const { down_machines = [] } = (await this.cluster.get('/maintenance/status')) as Shown;
    return {
      here: slaves.map(({ pid }) => /@([^:]*):/.exec(pid)?.[1] ?? ''),
      down: down_machines.map(({ ip }) => ip),
    };
  }
}

/** Inverse offers as GET_FRAMEWORKS shows them, as `framework agent`. */
async function outstanding(cluster: TestCluster): Promise<string[]> {
  const { text } = await call(cluster, { type: 'GET_FRAMEWORKS' });
  const { get_frameworks } = JSON.parse(text) as {
    get_frameworks: {
      frameworks: {
        inverse_offers?: {
          framework_id: { value: string };
          agent_id: { value: string };
        }[];
      }[];
    };
  };
  return get_frameworks.frameworks.flatMap(({ inverse_offers = [] }) =>
    inverse_offers.map((each) => `${each.framework_id.value} ${each.agent_id.value}`),
  );
}

test('whatever happens, no agent is there whose machine is down, nobody is asked twice, and all are asked in the end', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      await using cluster = await TestCluster.start();
      const agents = [await cluster.agent(), await cluster.agent()].map(({ actor }) => actor);
      const schedulers = [await cluster.scheduler(), await cluster.scheduler()].map(({ actor }) => actor);
      const bench = new Bench(cluster, agents, schedulers);
      for (const [what, which, other] of steps) {
        await bench.happens(what, which, other);
        await cluster.clock.settle();
        const { down, here } = await bench.agentsOf();
        t.deepEqual(
          here.filter((ip) => down.includes(ip)),
          [],
        );
        const asked = await outstanding(cluster);
        t.is(new Set(asked).size, asked.length, asked.join(', '));
      }
      // Everything is as it should be, and then all machines are to be away.
      for (const agent of agents) {
        const machines = [bench.machineOf(agent)];
        await call(cluster, { type: 'STOP_MAINTENANCE', stop_maintenance: { machines } });
        agent.register();
        await cluster.clock.settle();
        await call(cluster, { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id: { value: agent.agentId } } });
      }
      t.is(await bench.plan(...agents), 200);
      await cluster.clock.advance(5000);
      // Somebody was offered, or uses, each of the agents: who it is was asked, and is again when what was asked was taken back.
      await bench.isAsked(t);
      for (const type of ['DEACTIVATE_AGENT', 'REACTIVATE_AGENT']) {
        for (const { agentId } of agents) {
          await call(cluster, { type, [type.toLowerCase()]: { agent_id: { value: agentId } } });
        }
      }
      await cluster.clock.advance(5000);
      await bench.isAsked(t);
      t.is(cluster.metric('libprocess/actors_failed'), 0);
    }),
    { numRuns: 40 },
  );
});
