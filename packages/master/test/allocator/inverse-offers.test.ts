import test from 'ava';
import { InverseOffers } from '../../src/allocator/inverse-offers.ts';
import type { AllocatorEvent } from '../../src/allocator/events.ts';
import type { Filters, Unavailability } from '@mesos-ts/protocol';

const unavailability = { start: { nanoseconds: 5 } };
const away = (agentId: string): object => ({ agentId, incarnation: 7, unavailability });

/** The book, three agents of which two frameworks hold something each, and who of them is active. */
class Bench {
  readonly book = new InverseOffers();
  readonly frameworks = ['F0', 'F1'].map((id) => ({ id, active: true }));
  readonly agents = new Map(
    ['S0', 'S1', 'S2'].map((id) => [id, { incarnation: 7, active: true, holders: this.frameworks }]),
  );

  apply(event: AllocatorEvent): void {
    this.book.apply(event, 0);
  }

  plan(agentId: string, when: Unavailability | undefined = unavailability): void {
    this.apply({ type: 'update-unavailability', agentId, unavailability: when });
  }

  /** The ids of the frameworks that are asked at a time. */
  asked(nowMs = 0): string[] {
    return this.book.take('all', this.agents, nowMs).map(({ frameworkId }) => frameworkId);
  }

  answered(filters: Filters | undefined): void {
    this.apply({ type: 'inverse-offer-answered', frameworkId: 'F0', agentId: 'S0', filters });
  }
}

test('those who have something of an agent that will be away are asked, once', (t) => {
  const bench = new Bench();
  bench.plan('S0');
  bench.agents.set('S0', { incarnation: 7, active: true, holders: bench.frameworks.slice(0, 1) });
  t.deepEqual(bench.book.take(['S1', 'S0'], bench.agents, 0), [{ frameworkId: 'F0', agents: [away('S0')] }]);
  t.deepEqual(bench.asked(1e12), []);
  bench.agents.set('S0', { incarnation: 7, active: true, holders: bench.frameworks });
  t.deepEqual(bench.asked(), ['F1']);
});

test('all agents that a framework is asked for at a time are asked for together', (t) => {
  const bench = new Bench();
  for (const id of ['S0', 'S1', 'S2']) bench.plan(id);
  t.deepEqual(bench.book.take(['S0', 'S2'], bench.agents, 0), [
    { frameworkId: 'F0', agents: [away('S0'), away('S2')] },
    { frameworkId: 'F1', agents: [away('S0'), away('S2')] },
  ]);
  t.deepEqual(bench.book.take('all', bench.agents, 0)[0], { frameworkId: 'F0', agents: [away('S1')] });
});

test('who has answered is asked again when its filters are over, which is five seconds unless they say otherwise', (t) => {
  for (const [filters, untilMs] of [
    [{}, 5000],
    [{ refuse_seconds: 60 }, 60_000],
    [{ refuse_seconds: -1 }, 5000],
    [{ refuse_seconds: 1e30 }, 365 * 24 * 60 * 60 * 1000],
    [{ refuse_seconds: 0 }, 0],
    [undefined, 0],
  ] as const) {
    const bench = new Bench();
    bench.plan('S0');
    t.deepEqual(bench.asked(), ['F0', 'F1']);
    bench.answered(filters);
    if (untilMs > 0) t.deepEqual(bench.asked(untilMs - 1), []);
    t.deepEqual(bench.asked(untilMs), ['F0']);
  }
});

test('filters end when the framework says so or goes away, or the time of the agent changes', (t) => {
  const bench = new Bench();
  bench.plan('S0');
  bench.asked();
  for (const event of [
    { type: 'revive', frameworkId: 'F0', roles: [] },
    { type: 'deactivate-framework', frameworkId: 'F0' },
  ] as const) {
    bench.answered({ refuse_seconds: 60 });
    t.deepEqual(bench.asked(), []);
    bench.apply(event);
    t.deepEqual(bench.asked(), ['F0']);
  }
  bench.answered({ refuse_seconds: 60 });
  bench.plan('S0', { start: { nanoseconds: 6 } });
  t.deepEqual(bench.asked(), ['F0', 'F1']);
  bench.apply({ type: 'update-unavailability', agentId: 'S0' });
  bench.answered(undefined);
  t.deepEqual(bench.asked(), []);
});

test('nobody is asked who is not active, for an agent that is not, or that is no more', (t) => {
  const bench = new Bench();
  const [first] = bench.frameworks;
  bench.plan('S0');
  bench.agents.set('S0', { incarnation: 7, active: false, holders: bench.frameworks });
  t.deepEqual(bench.asked(), []);
  bench.agents.set('S0', { incarnation: 7, active: true, holders: bench.frameworks });
  if (first !== undefined) first.active = false;
  t.deepEqual(bench.asked(), ['F1']);
  bench.apply({ type: 'remove-framework', frameworkId: 'F1' });
  t.deepEqual(bench.asked(), ['F1']);
  bench.apply({ type: 'remove-agent', agentId: 'S0' });
  bench.apply({ type: 'inverse-offer-answered', frameworkId: 'F1', agentId: 'S0' });
  t.deepEqual(bench.asked(), []);
});
