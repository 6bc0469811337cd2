import test from 'ava';
import { PID, Process, ProcessError } from '@mesos-ts/libprocess';
import { simulate, simulateSeeds } from '@mesos-ts/libprocess/testing';
import type { Simulation } from '@mesos-ts/libprocess/testing';

/** Tells all others the greatest number that it knows, every second, and whenever that is a new one. */
class Gossip extends Process {
  readonly #others: readonly PID[];
  greatest: number;

  constructor(others: readonly PID[], own: number) {
    super('gossip');
    this.#others = others;
    this.greatest = own;
  }

  protected override initialize(): void {
    this.install(
      'greatest',
      (_from, number) => {
        if (number <= this.greatest) return;
        this.greatest = number;
        this.#tell();
      },
      Number,
    );
    this.#repeat();
  }

  #repeat(): void {
    this.#tell();
    this.delay(1_000, () => {
      this.#repeat();
    });
  }

  #tell(): void {
    for (const other of this.#others) this.send(other, 'greatest', this.greatest);
  }
}

const addresses = [1, 2, 3].map((number) => `10.0.0.${number}:5050`);

async function gossip(simulation: Simulation): Promise<void> {
  for (const [index, address] of addresses.entries()) {
    const others = addresses.filter((other) => other !== address).map((other) => new PID('gossip', other));
    await simulation.node(`n${index + 1}`, ({ runtime }) => {
      const actor = new Gossip(others, index);
      runtime.spawn(actor);
      return actor;
    });
  }
  simulation.always('nobody makes a number up', () =>
    simulation.nodes.every(({ up, value }) => !up || (value as Gossip).greatest < addresses.length),
  );
  // What goes wrong, when and to whom is for the seed. In the end all of it is put right.
  await simulation.nemesis({ withinMs: 30_000, partitions: 1, cuts: 1, resets: 3, crashes: 1, pauses: 1 });
  await simulation.eventually('all know the greatest number', () =>
    simulation.nodes.every(({ value }) => (value as Gossip).greatest === addresses.length - 1),
  );
}

test('whatever goes wrong, gossip reaches everybody in the end', async (t) => {
  t.is(await simulateSeeds({ seeds: 50 }, gossip), 50);
});

test('the same seed gives the same trace', async (t) => {
  const [one, two] = [await simulate(7, gossip), await simulate(7, gossip)];
  t.deepEqual(one.trace.lines(), two.trace.lines());
  t.true(one.trace.count > 100);
});

async function claimTooMuch(simulation: Simulation): Promise<void> {
  simulation.always('there is no second node', () => simulation.nodes.length < 2);
  await gossip(simulation);
}

test('a failure tells the seed that repeats it', async (t) => {
  const failed = simulate(7, claimTooMuch, { report: () => undefined });
  const error = await t.throwsAsync(failed, { instanceOf: ProcessError, code: 'SIMULATION_FAILED' });
  t.regex(error.message, /there is no second node[^]*SEED=7/);
});
