import test from 'ava';
import { PID, Process } from '../../../src/index.ts';
import { simulate } from '../../../src/testing/index.ts';
import { Collector, Watcher } from '../../support/actors.ts';
import type { NodeContext, SimulatedNode, Simulation } from '../../../src/testing/index.ts';

interface Pair {
  readonly server: SimulatedNode<Collector>;
  readonly client: SimulatedNode<{
    watcher: Watcher;
    collector: Collector;
    watching: PID<Watcher>;
    sending: PID<Collector>;
  }>;
  readonly target: PID;
}

const address = '10.0.0.1:5050';
const target = new PID('target', address);

function clockOf({ runtime }: NodeContext): NodeContext['runtime']['clock'] {
  return runtime.clock;
}

/** A client that is linked to an actor of a server. */
async function linked(simulation: Simulation): Promise<Pair> {
  const server = await simulation.node('server', ({ runtime }) => {
    const collector = new Collector('target');
    runtime.spawn(collector);
    return collector;
  });
  const client = await simulation.node('client', ({ runtime }) => {
    const [watcher, collector] = [new Watcher('w'), new Collector('c')];
    const [watching, sending] = [runtime.spawn(watcher), runtime.spawn(collector)];
    runtime.tell(watching, 'watch', target);
    runtime.tell(sending, 'emit', target, 0, 1);
    return { watcher, collector, watching, sending };
  });
  await simulation.eventually('it is linked', () => server.value.got.items.length === 1);
  return { server, client, target };
}

test('a node that crashes says nothing: no actor is finalized, and what was not sent yet never arrives', async (t) => {
  for (const power of [true, false]) {
    await simulate(1, async (simulation) => {
      let finalized = false;
      class Last extends Collector {
        protected override finalize(): void {
          finalized = true;
        }
      }
      const server = await simulation.node('server', ({ runtime }) => {
        const collector = new Collector('target');
        runtime.spawn(collector);
        return collector;
      });
      const client = await simulation.node('client', ({ runtime }) => runtime.spawn(new Last('last')));
      client.runtime.tell(client.value, 'emit', target, 0, 100);
      client.crash({ power });
      t.false(client.up);
      t.throws(() => client.runtime, { code: 'NODE_DOWN' });
      await simulation.sleep(100_000);
      t.false(finalized);
      t.is(server.value.got.items.length, 0);
    });
  }
});

test('the crash of a program is heard of at once, the end of a machine when pings stay without answer', async (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    for (const power of [true, false]) {
      await simulate(seed, async (simulation) => {
        const { server, client } = await linked(simulation);
        const atMs = simulation.nowMs;
        server.crash({ power });
        await simulation.eventually('it hears of it', () => client.value.watcher.gone.items.length === 1);
        const tookMs = simulation.nowMs - atMs;
        if (power) t.true(tookMs > 15_000 && tookMs <= 45_000, `${tookMs}`);
        else t.true(tookMs < 10, `${tookMs}`);
        await simulation.sleep(100_000);
        t.deepEqual(client.value.watcher.gone.items, [target.toString()]);
      });
    }
  }
});

test('whether a crash is of the program or of the machine is for the seed', async (t) => {
  const kinds = new Set<boolean>();
  for (let seed = 1; seed <= 20; seed++) {
    await simulate(seed, async (simulation) => {
      const node = await simulation.node('n', () => undefined);
      node.crash();
      kinds.add(node.reachable);
    });
  }
  t.is(kinds.size, 2);
});

test('a node that is restarted has its address and disk, a new runtime, and its program run anew', async (t) => {
  await simulate(1, async (simulation) => {
    const boots: number[] = [];
    const boot = async ({ runtime, disk, life, name }: NodeContext): Promise<string[]> => {
      boots.push(life);
      await disk.write(`${name}.${life}`, 0, new Uint8Array(1));
      runtime.spawn(new Collector('target'));
      return (await disk.list()).map((file) => file.name);
    };
    const node = await simulation.node('n', boot);
    const first = node.runtime;
    node.crash({ power: false });
    await node.restart();
    await node.restart();
    t.not(node.runtime, first);
    t.is(node.runtime.address, first.address);
    t.deepEqual([boots, node.lives, node.value], [[1, 2], 2, ['n.1', 'n.2']]);
  });
});

test('who is linked to a node that is restarted before its end was noticed hears of the end, not of the new one', async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    await simulate(seed, async (simulation) => {
      const { server, client } = await linked(simulation);
      server.crash();
      await server.restart();
      client.runtime.tell(client.value.sending, 'emit', target, 1, 1);
      await simulation.eventually('it hears of it', () => client.value.watcher.gone.items.length === 1, 60_000);
      client.runtime.tell(client.value.watching, 'watch', target);
      client.runtime.tell(client.value.sending, 'emit', target, 2, 1);
      await simulation.eventually('the new one is reached', () => server.value.bodies().includes(2));
      t.is(client.value.watcher.gone.items.length, 1);
    });
  }
});

test('a node that is paused does nothing until it is resumed; then what has become due happens', async (t) => {
  await simulate(
    1,
    async (simulation) => {
      class Ticker extends Process {
        readonly ticks: number[] = [];
        protected override initialize(): void {
          this.#tick();
        }
        #tick(): void {
          this.ticks.push(this.runtime.clock.monotonic());
          this.delay(10, () => {
            this.#tick();
          });
        }
      }
      const node = await simulation.node('n', ({ runtime }) => {
        const ticker = new Ticker();
        runtime.spawn(ticker);
        return ticker;
      });
      await simulation.sleep(25);
      node.pause();
      await simulation.sleep(100);
      t.deepEqual(node.value.ticks, [0, 10, 20]);
      node.resume();
      await simulation.sleep(1);
      t.deepEqual(node.value.ticks, [0, 10, 20, 125]);
    },
    { turnMs: [0, 0] },
  );
});

test('whoever waits for rest does not wait for a node that is paused', async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    await simulate(seed, async (simulation) => {
      const { server, client } = await linked(simulation);
      client.runtime.tell(client.value.sending, 'emit', target, 1, 50);
      await simulation.sleep(seed % 3);
      server.pause();
      const atMs = simulation.nowMs;
      await simulation.settle();
      t.true(simulation.nowMs - atMs < 100);
      server.resume();
      await simulation.settle();
      t.is(server.value.bodies().length, 51);
    });
  }
});

test('a short pause breaks no connection, a long one is taken for the end', async (t) => {
  for (const [pauseMs, exits] of [
    [10_000, 0],
    [60_000, 1],
  ] as const) {
    await simulate(1, async (simulation) => {
      const { server, client } = await linked(simulation);
      server.pause();
      await simulation.sleep(pauseMs);
      server.resume();
      await simulation.sleep(60_000);
      t.is(client.value.watcher.gone.items.length, exits);
    });
  }
});

test('clocks of nodes may be ahead, jump, and run at rates of their own', async (t) => {
  await simulate(1, async (simulation) => {
    const right = await simulation.node('right', clockOf);
    const ahead = await simulation.node('ahead', clockOf, { skewMs: 5_000 });
    const fast = await simulation.node('fast', clockOf, { rate: 2 });
    t.is(ahead.value.now() - right.value.now(), 5_000);
    ahead.setSkew(-1_000);
    t.is(ahead.value.now() - right.value.now(), -1_000);
    const before = fast.value.monotonic();
    const fired: number[] = [];
    fast.value.timer(1_000, () => fired.push(simulation.nowMs));
    await simulation.sleep(800);
    t.is(fast.value.monotonic() - before, 1_600);
    t.deepEqual(fired, [500]);
    ahead.crash();
    await ahead.restart();
    t.is(ahead.value.now() - right.value.now(), -1_000);
  });
});

test('a call to a node that crashes is given up by its signal', async (t) => {
  await simulate(1, async (simulation) => {
    class Slow extends Process {
      async never(): Promise<void> {
        await new Promise(() => undefined);
      }
    }
    const node = await simulation.node('n', ({ runtime }) => runtime.spawn(new Slow()));
    const call = node.runtime.dispatch(node.value, 'never', [], { signal: node.signal });
    void simulation.sleep(10).then(() => {
      node.crash();
    });
    await t.throwsAsync(call, { code: 'NODE_DOWN' });
  });
});

test('a node that is stopped in order tells everybody', async (t) => {
  await simulate(1, async (simulation) => {
    const { server, client } = await linked(simulation);
    await server.stop();
    await simulation.settle();
    t.deepEqual(client.value.watcher.gone.items, [target.toString()]);
    t.false(server.up);
    await server.stop();
  });
});

test('two nodes of one name are refused', async (t) => {
  await simulate(1, async (simulation) => {
    await simulation.node('n', () => undefined);
    await t.throwsAsync(
      simulation.node('n', () => undefined),
      { message: /a node n already/ },
    );
  });
});
