import test from 'ava';
import { simulate } from '../../../src/testing/index.ts';
import { Dice } from '../../../src/testing/simulation/dice.ts';
import { drawFaults } from '../../../src/testing/simulation/nemesis.ts';
import type { FaultBudget, SimulatedNode } from '../../../src/testing/index.ts';

const names = ['a', 'b', 'c'];
const nothing = (): void => undefined;

function draw(seed: number): string {
  return JSON.stringify(drawFaults(new Dice(seed, 'test'), names, { withinMs: 100, resets: 3, crashes: 2 }));
}

test('faults happen at their times, to whom they name, and are put right', async (t) => {
  await simulate(1, async (simulation) => {
    const nodes: SimulatedNode[] = [];
    for (const name of names) nodes.push(await simulation.node(name, nothing));
    const [a, b, c] = nodes;
    const { network } = simulation;
    const states: string[] = [];
    const over = simulation.faults([
      { kind: 'partition', atMs: 10, forMs: 10, groups: [['a', 'b'], ['c']] },
      { kind: 'cut', atMs: 30, forMs: 10, from: 'b', to: 'a' },
      { kind: 'crash', atMs: 50, forMs: 10, node: 'a', power: true },
      { kind: 'pause', atMs: 70, forMs: 10, node: 'b' },
      { kind: 'skew', atMs: 90, node: 'c', skewMs: 5 },
      { kind: 'reset', atMs: 95, between: ['a', 'b'] },
    ]);
    for (let step = 0; step < 10; step++) {
      await simulation.sleep(step === 0 ? 5 : 10);
      const cuts = names.flatMap((from) => names.filter((to) => network.isCut(from, to)).map((to) => from + to));
      states.push([...cuts, a?.up === true ? '' : 'down', b?.paused === true ? 'paused' : ''].join(''));
    }
    t.deepEqual(states, ['', 'acbccacb', '', 'ba', '', 'down', '', 'paused', '', '']);
    await over;
    t.is(simulation.nowMs, 95);
    t.is((c?.runtime.clock.now() ?? 0) - (a?.runtime.clock.now() ?? 0), 5);
    t.is(a?.lives, 2);
    await t.throwsAsync(simulation.faults([{ kind: 'pause', atMs: 0, forMs: 0, node: 'nobody' }]), {
      message: /no node nobody/,
    });
  });
});

test('faults that are drawn keep to their budget: how many, within their time, and how many nodes may be down at a time', (t) => {
  const budget: FaultBudget = {
    withinMs: 1_000,
    partitions: 3,
    cuts: 4,
    resets: 5,
    crashes: 6,
    pauses: 2,
    skews: 1,
    downMax: 1,
  };
  for (let seed = 1; seed <= 200; seed++) {
    const faults = drawFaults(new Dice(seed, 'test'), names, budget);
    const count = (kind: string): number => faults.filter((fault) => fault.kind === kind).length;
    t.deepEqual(['partition', 'cut', 'reset', 'pause', 'skew'].map(count), [3, 4, 5, 2, 1]);
    t.true(count('crash') <= 6 && count('crash') >= 1);
    for (const fault of faults) {
      const endMs = fault.atMs + ('forMs' in fault ? fault.forMs : 0);
      t.true(fault.atMs >= 0 && endMs <= 1_000.001, JSON.stringify(fault));
      if (fault.kind === 'partition') {
        t.deepEqual(
          fault.groups.flat().toSorted((one, two) => one.localeCompare(two)),
          names,
        );
        t.true(fault.groups.every((group) => group.length > 0));
      }
      if (fault.kind === 'cut') t.not(fault.from, fault.to);
    }
    const crashes = faults.filter((fault) => fault.kind === 'crash');
    for (const [index, one] of crashes.entries()) {
      for (const two of crashes.slice(index + 1)) t.true(one.atMs + one.forMs < two.atMs, `seed ${seed}`);
    }
  }
});

test('faults that are drawn for one seed are the same each time, and others for another', (t) => {
  t.is(draw(1), draw(1));
  t.not(draw(1), draw(2));
});

test('the plan of what goes wrong is in the trace, and nothing goes wrong any more when the scenario is over', async (t) => {
  const { trace, elapsedMs } = await simulate(1, async (simulation) => {
    for (const name of names) await simulation.node(name, nothing);
    void simulation.faults([{ kind: 'crash', atMs: 1_000, forMs: 1_000, node: 'b' }]);
    await simulation.sleep(10);
  });
  t.regex(trace.lines().join('\n'), /planned +crash after 1000\.000 ms for 1000\.000: b\n/);
  t.notRegex(trace.lines().join('\n'), /killed|power/);
  t.true(elapsedMs < 1_000);
});
