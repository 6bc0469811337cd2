import test from 'ava';
import { PID } from '../../../src/index.ts';
import { simulate } from '../../../src/testing/index.ts';
import { Collector, Watcher } from '../../support/actors.ts';
import type { NetworkOptions, SimulatedNode, Simulation } from '../../../src/testing/index.ts';

interface Side {
  readonly collector: Collector;
  readonly sender: PID<Collector>;
  readonly watcher: Watcher;
  readonly watching: PID<Watcher>;
}

const [a, b] = [new PID('c', '10.0.0.1:5050'), new PID('c', '10.0.0.2:5050')];

async function side(simulation: Simulation, name: string): Promise<SimulatedNode<Side>> {
  return simulation.node(name, ({ runtime }) => {
    const [collector, watcher] = [new Collector('c'), new Watcher('w')];
    return { collector, watcher, sender: runtime.spawn(collector), watching: runtime.spawn(watcher) };
  });
}

/** Two nodes that are linked to each other, when both have said something. */
async function pair(simulation: Simulation): Promise<[SimulatedNode<Side>, SimulatedNode<Side>]> {
  const [one, two] = [await side(simulation, 'a'), await side(simulation, 'b')];
  one.runtime.tell(one.value.watching, 'watch', b);
  two.runtime.tell(two.value.watching, 'watch', a);
  say(one, b, 0);
  say(two, a, 0);
  await simulation.eventually('both have said something', () => [one, two].every((node) => got(node).length === 1));
  return [one, two];
}

function say(node: SimulatedNode<Side>, to: PID, first: number, count = 1): void {
  node.runtime.tell(node.value.sender, 'emit', to, first, count);
}

function got(node: SimulatedNode<Side>): unknown[] {
  return node.value.collector.bodies();
}

function gone(node: SimulatedNode<Side>): readonly string[] {
  return node.value.watcher.gone.items;
}

async function seeds(
  count: number,
  scenario: (simulation: Simulation) => Promise<void>,
  network: NetworkOptions = {},
): Promise<void> {
  for (let seed = 1; seed <= count; seed++) await simulate(seed, scenario, { network, turnMs: [0, 0] });
}

test('what is sent takes as long as its link is told to take, each way by itself', async (t) => {
  await seeds(
    5,
    async (simulation) => {
      const [one, two] = await pair(simulation);
      simulation.network.link('a', 'b', { latencyMs: [100, 200] });
      const atMs = simulation.nowMs;
      say(one, b, 1);
      await simulation.eventually('it arrives', () => got(two).length === 2);
      const thereMs = simulation.nowMs - atMs;
      t.true(thereMs >= 100 && thereMs <= 200, `${thereMs}`);
      say(two, a, 1);
      await simulation.eventually('it arrives', () => got(one).length === 2);
      t.true(simulation.nowMs - atMs - thereMs <= 2);
    },
    { latencyMs: [1, 2] },
  );
});

test('bandwidth bounds what gets through; what waits beyond the window is seen as buffered, and a peer that takes too little is given up', async (t) => {
  await simulate(1, async (simulation) => {
    const one = await simulation.node(
      'a',
      ({ runtime }) => {
        const [collector, watcher] = [new Collector('c'), new Watcher('w')];
        return { collector, watcher, sender: runtime.spawn(collector), watching: runtime.spawn(watcher) };
      },
      { runtime: { limits: { outboundBytesMax: 100_000 } } },
    );
    const two = await side(simulation, 'b');
    one.runtime.tell(one.value.watching, 'watch', b);
    await simulation.settle();
    simulation.network.link('a', 'b', { bytesPerMs: 100 });
    const text = 'x'.repeat(10_000);
    const atMs = simulation.nowMs;
    one.runtime.tell(one.value.sender, 'emitBody', b, text);
    await simulation.eventually('it arrives', () => got(two).length === 1);
    t.true(simulation.nowMs - atMs >= 100);
    for (let count = 0; count < 15; count++) one.runtime.tell(one.value.sender, 'emitBody', b, text);
    await simulation.sleep(10);
    t.deepEqual(gone(one), []);
    for (let count = 0; count < 15; count++) one.runtime.tell(one.value.sender, 'emitBody', b, text);
    await simulation.sleep(10);
    t.deepEqual(gone(one), [b.toString()]);
  });
});

test('what waits for room leaves when there is some, all of it and in order', async (t) => {
  await seeds(5, async (simulation) => {
    const [one, two] = await pair(simulation);
    simulation.network.link('a', 'b', { bytesPerMs: 10_000 });
    for (let first = 1; first < 300; first++) {
      one.runtime.tell(one.value.sender, 'emitBody', b, `${first}`.padEnd(10_000));
    }
    await simulation.eventually('all arrives', () => got(two).length === 300);
    t.deepEqual(
      got(two).map((body) => Number(body)),
      Array.from({ length: 300 }, (_, index) => index),
    );
  });
});

test('loss is a stall: all arrives, in order, later', async (t) => {
  let slow = 0;
  await seeds(
    20,
    async (simulation) => {
      const [one, two] = await pair(simulation);
      const atMs = simulation.nowMs;
      for (let first = 1; first < 30; first++) {
        say(one, b, first);
        await simulation.sleep(1);
      }
      await simulation.eventually('all arrives', () => got(two).length === 30);
      t.deepEqual(
        got(two),
        Array.from({ length: 30 }, (_, index) => index),
      );
      t.deepEqual(gone(one), []);
      if (simulation.nowMs - atMs >= 200) slow++;
    },
    { loss: 0.2 },
  );
  t.true(slow >= 10, `${slow} of 20`);
});

test('a cut that is short holds back what is sent, in one direction only, and breaks nothing', async (t) => {
  await seeds(10, async (simulation) => {
    const [one, two] = await pair(simulation);
    const heal = simulation.network.cut('a', 'b');
    t.deepEqual([simulation.network.isCut('a', 'b'), simulation.network.isCut('b', 'a')], [true, false]);
    say(one, b, 1);
    say(two, a, 1);
    await simulation.settle();
    t.deepEqual([got(one), got(two)], [[0, 1], [0]]);
    await simulation.sleep(10_000);
    heal();
    heal();
    await simulation.eventually('it arrives', () => got(two).length === 2, 60_000);
    t.deepEqual([gone(one), gone(two)], [[], []]);
  });
});

test('a partition that lasts is noticed by both sides, also by the one that could still send; after it all can talk again', async (t) => {
  for (const oneWay of [false, true]) {
    await seeds(10, async (simulation) => {
      const [one, two] = await pair(simulation);
      const atMs = simulation.nowMs;
      const heal = oneWay ? simulation.network.cut('a', 'b') : simulation.network.partition(['a'], ['b']);
      say(one, b, 1);
      await simulation.eventually('both notice', () => gone(one).length === 1 && gone(two).length === 1, 120_000);
      t.true(simulation.nowMs - atMs > 15_000);
      say(one, b, 2);
      await simulation.sleep(120_000);
      t.is(got(two).length, 1);
      heal();
      say(one, b, 3);
      say(two, a, 3);
      await simulation.eventually('both are heard', () => got(one).includes(3) && got(two).includes(3));
      t.deepEqual([gone(one), gone(two)], [[b.toString()], [a.toString()]]);
    });
  }
});

test('cuts add up, and heal takes all of them back', async (t) => {
  await simulate(1, async (simulation) => {
    const [one, two] = await pair(simulation);
    const first = simulation.network.cut('a', 'b');
    simulation.network.partition(['a'], ['b']);
    first();
    t.true(simulation.network.isCut('a', 'b'));
    simulation.network.heal();
    t.false(simulation.network.isCut('a', 'b'));
    first();
    say(one, b, 1);
    await simulation.settle();
    t.deepEqual(got(two), [0, 1]);
  });
});

test('a reset is heard of by both ends once; whoever sends again connects anew', async (t) => {
  await seeds(20, async (simulation) => {
    const [one, two] = await pair(simulation);
    simulation.network.reset('a', 'b');
    await simulation.settle();
    t.deepEqual([gone(one), gone(two)], [[b.toString()], [a.toString()]]);
    say(one, b, 1);
    say(two, a, 1);
    await simulation.settle();
    t.deepEqual(
      [got(one), got(two)],
      [
        [0, 1],
        [0, 1],
      ],
    );
    t.is(simulation.network.open.size, 2);
  });
});

test('a tap sees everything that is about to arrive, and decides what becomes of it', async (t) => {
  await simulate(1, async (simulation) => {
    const kinds: string[] = [];
    let lose = 0;
    simulation.network.tap(({ from, to, kind, connection }) => {
      kinds.push(`${from}>${to}#${connection} ${kind}`);
      if (kind === 'frame' && lose > 0) {
        lose--;
        return 'lose';
      }
      return 'deliver';
    });
    const [one, two] = [await side(simulation, 'a'), await side(simulation, 'b')];
    say(one, b, 0);
    await simulation.settle();
    t.deepEqual(
      kinds.filter((kind) => !/p[io]ng/.test(kind)),
      ['a>b#1 upgrade', 'b>a#1 accepted', 'b>a#1 frame', 'a>b#1 frame', 'b>a#1 frame', 'a>b#1 frame'],
    );
    lose = 1;
    const atMs = simulation.nowMs;
    say(one, b, 1);
    await simulation.settle();
    t.deepEqual(got(two), [0, 1]);
    t.true(simulation.nowMs - atMs >= 200);
    const stop = simulation.network.tap(({ kind }) => (kind === 'frame' ? 'reset' : 'deliver'));
    one.runtime.tell(one.value.watching, 'watch', b);
    await simulation.settle();
    t.deepEqual(gone(one), [b.toString()]);
    stop();
  });
});

test('nobody answers at the address of a machine without power: connecting is given up in time', async (t) => {
  await simulate(1, async (simulation) => {
    const [one, two] = [await side(simulation, 'a'), await side(simulation, 'b')];
    two.crash({ power: true });
    const atMs = simulation.nowMs;
    one.runtime.tell(one.value.watching, 'watch', b);
    await simulation.eventually('it is given up', () => gone(one).length === 1);
    t.is(simulation.nowMs - atMs, 10_000);
    await two.restart();
    one.runtime.tell(one.value.watching, 'watch', b);
    say(one, b, 1);
    await simulation.settle();
    t.deepEqual([got(two), gone(one).length], [[1], 1]);
  });
});

test('over a network that repeats, reorders and alters frames, as TCP never does, a runtime survives and talks again afterwards', async (t) => {
  let invalid = 0;
  await seeds(
    50,
    async (simulation) => {
      const nodes = [await side(simulation, 'a'), await side(simulation, 'b')] as const;
      const [one, two] = nodes;
      for (let round = 0; round < 30; round++) {
        for (const [node, to] of [
          [one, b],
          [two, a],
        ] as const) {
          node.runtime.tell(node.value.watching, 'watch', to);
          say(node, to, 10 * round, 3);
        }
        await simulation.sleep(simulation.dice.between(0, 20));
      }
      simulation.network.configure({ violations: {} });
      await simulation.sleep(60_000);
      for (const node of nodes) invalid += node.runtime.metrics.counter('libprocess/frames_invalid').value;
      say(one, b, 1_000);
      say(two, a, 1_000);
      await simulation.settle();
      say(one, b, 1_001);
      say(two, a, 1_001);
      await simulation.settle();
      t.true(got(one).includes(1_001) && got(two).includes(1_001), `seed ${simulation.seed}`);
    },
    { violations: { duplicate: 0.05, reorder: 0.05, corrupt: 0.05 } },
  );
  t.true(invalid > 0);
});
