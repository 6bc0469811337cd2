import test from 'ava';
import { createTrust } from '../../src/index.ts';
import { simulate, simulateSeeds } from '../../src/testing/index.ts';
import { aftermath, probes, storm } from '../support/storm.ts';
import type { SimulatedNode, Simulation } from '../../src/testing/index.ts';
import type { Probe } from '../support/probe.ts';

type Nodes = readonly SimulatedNode<Probe>[];

const busy = { pauseMsMax: 20, faults: { withinMs: 0 } };

function ended(nodes: Nodes): number {
  return nodes.reduce((total, node) => total + node.runtime.metrics.counter('libprocess/connections_ended').value, 0);
}

function sum(nodes: Nodes, what: 'exits' | 'received' | 'sent'): number {
  return nodes.reduce((total, node) => total + node.value[what], 0);
}

/** What happens at a frame: it is reset, or arrives while something else begins. */
type Happening = (simulation: Simulation, nodes: Nodes) => 'reset' | Promise<void>;

/** Runs a scenario in which something happens when the so manyth frame is about to arrive; answers how many frames there were. */
async function atFrame(index: number, happen: Happening): Promise<number> {
  let frames = 0;
  await simulate(index + 1, async (simulation) => {
    let nodes: Nodes = [];
    let over: Promise<void> | undefined;
    const stop = simulation.network.tap(({ kind }) => {
      if (kind !== 'frame' || frames++ !== index) return 'deliver';
      const what = happen(simulation, nodes);
      if (what === 'reset') return what;
      over = what;
      return 'deliver';
    });
    nodes = await probes(simulation, { ...busy, nodes: 2 });
    for (const node of nodes) {
      node.value.linkAll();
      node.value.sayAll();
    }
    await simulation.sleep(300);
    stop();
    await over;
    await aftermath(simulation, nodes);
  });
  return frames;
}

// Greetings from both sides at once, welcome, links and messages are well within these.
const framesMax = 40;

test.serial(
  'runtimes that link and send to each other at the same moment, at any distance, end with one connection for each pair, lose nothing and hear of no end',
  async (t) => {
    for (const [count, latencyMs] of [
      [2, [0.1, 0.2]],
      [3, [0.1, 10]],
      [4, [1, 200]],
      [3, [1, 2_000]],
    ] as const) {
      const tried = await simulateSeeds({ seeds: 50, network: { latencyMs } }, async (simulation) => {
        const nodes = await probes(simulation, { ...busy, nodes: count });
        for (const node of nodes) node.value.rest();
        for (const node of nodes) {
          node.value.linkAll();
          node.value.sayAll();
          if (simulation.dice.chance(0.5)) await simulation.sleep(simulation.dice.between(0, 2 * latencyMs[1]));
        }
        await simulation.settle();
        const seed = `seed ${simulation.seed}, ${count} nodes`;
        t.is(simulation.network.open.size, count * (count - 1), seed);
        t.deepEqual([sum(nodes, 'received'), sum(nodes, 'exits'), ended(nodes)], [count * (count - 1), 0, 0], seed);
      });
      t.is(tried, 50);
    }
  },
);

test.serial(
  'a connection that is reset at any frame, from the first greeting on, breaks no promise and is made anew',
  async (t) => {
    for (let index = 0; index < framesMax; index++) t.true((await atFrame(index, () => 'reset')) > index);
  },
);

test.serial(
  'a runtime that is killed and started anew at any frame, also during the greeting, breaks no promise to the other',
  async (t) => {
    for (let index = 0; index < framesMax; index++) {
      for (const [victim, power] of [
        [0, false],
        [0, true],
        [1, false],
        [1, true],
      ] as const) {
        const frames = await atFrame(index, async (simulation, nodes) => {
          const node = nodes[victim];
          // Not in the middle of an arrival.
          await simulation.sleep(0);
          node?.crash({ power });
          await simulation.sleep(simulation.dice.pick([0, 1, 20_000]) ?? 0);
          await node?.restart();
        });
        t.true(frames > index);
      }
    }
  },
);

test.serial('a runtime that stands still for a while at any frame breaks no promise', async (t) => {
  for (let index = 0; index < framesMax; index++) {
    for (const pauseMs of [5, 12_000, 50_000]) {
      const frames = await atFrame(index, async (simulation, nodes) => {
        const node = nodes[index % 2];
        node?.pause();
        await simulation.sleep(pauseMs);
        node?.resume();
      });
      t.true(frames > index);
    }
  }
});

test.serial(
  'storms of links, unlinks and messages under many resets, with mailboxes that are never empty, break no promise',
  async (t) => {
    const faults = { withinMs: 3_000, resets: 40, crashes: 2, pauses: 10 };
    t.is(await simulateSeeds({ seeds: 25 }, storm({ nodes: 3, pauseMsMax: 15, faults })), 25);
  },
);

test.serial('storms over a network that loses and resets at random break no promise', async (t) => {
  const options = storm({ nodes: 3, pauseMsMax: 50, faults: { withinMs: 5_000, partitions: 2, cuts: 2 } });
  t.is(await simulateSeeds({ seeds: 50, network: { loss: 0.05, reset: 0.02 } }, options), 50);
});

test.serial('storms in which actors ask for new connections break no promise', async (t) => {
  const faults = { withinMs: 5_000, partitions: 1, cuts: 1, resets: 20, crashes: 2, pauses: 3 };
  t.is(await simulateSeeds({ seeds: 70 }, storm({ nodes: 3, pauseMsMax: 40, faults, reconnects: true })), 70);
});

test.serial(
  'new connections that actors ask for while nothing is wrong, from both sides and at any moment, lose nothing and end nothing',
  async (t) => {
    const tried = await simulateSeeds({ seeds: 40, network: { latencyMs: [1, 50] } }, async (simulation) => {
      const nodes = await probes(simulation, { nodes: 2, pauseMsMax: 40, faults: { withinMs: 0 }, reconnects: true });
      await simulation.sleep(3_000);
      for (const node of nodes) node.value.rest();
      await simulation.settle();
      t.deepEqual([sum(nodes, 'received'), sum(nodes, 'exits')], [sum(nodes, 'sent'), 0], `seed ${simulation.seed}`);
      await aftermath(simulation, nodes);
    });
    t.is(tried, 40);
  },
);

test.serial('storms among runtimes that must prove who they are break no promise', async (t) => {
  const faults = { withinMs: 5_000, partitions: 1, cuts: 1, resets: 10, crashes: 2, pauses: 2 };
  for (const addresses of ['claimed', 'source-ip', 'dial-back'] as const) {
    const trust = createTrust({ secrets: ['0123456789abcdef0123456789abcdef'], addresses });
    const scenario = storm({ nodes: 3, pauseMsMax: 60, faults, reconnects: true, runtime: { trust } });
    t.is(await simulateSeeds({ seeds: 10 }, scenario), 10);
  }
});

test.serial(
  'a runtime that is started anew while it is being greeted is not kept waiting for the greeting to the one before',
  async (t) => {
    for (let seed = 1; seed <= 20; seed++) {
      await simulate(seed, async (simulation) => {
        const [one, two] = await probes(simulation, { ...busy, nodes: 2 });
        if (one === undefined || two === undefined) throw new Error('two nodes');
        for (const node of [one, two]) node.value.rest();
        const { network } = simulation;
        // What the first says to the second is on its way for long.
        let slow = 0;
        const greeted = new Promise<void>((resolve) => {
          network.tap(({ from, kind, connection }) => {
            if (from !== one.name || kind !== 'frame' || connection !== 1) return 'deliver';
            resolve();
            return slow++ < 5 ? 'lose' : 'deliver';
          });
        });
        one.value.sayAll();
        await greeted;
        two.crash();
        await two.restart();
        two.value.rest();
        two.value.sayAll();
        await simulation.eventually('the new one is heard', () => one.value.lifeOf(two.pid('probe')) === 2, 1_000);
      });
    }
    t.pass();
  },
);
