import test from 'ava';
import { PID, Process } from '../../../src/index.ts';
import { simulateSeeds } from '../../../src/testing/index.ts';
import type { Disk } from '../../../src/index.ts';
import type { Scenario } from '../../../src/testing/index.ts';

// Programs with a defect that only shows when things go wrong at the wrong moment: the seeds must find it, and say which one did.

/** What is wrong with the one who keeps notes. */
type Defect = 'none' | 'does not sync' | 'answers before it writes' | 'forgets who it has told';

class Keeper extends Process {
  readonly #disk: Disk;
  readonly #defect: Defect;
  constructor(disk: Disk, defect: Defect) {
    super('keeper');
    this.#disk = disk;
    this.#defect = defect;
  }
  protected override initialize(): void {
    const keep = async (from: PID, note: string): Promise<void> => {
      if (this.#defect === 'answers before it writes') this.send(from, 'kept', note);
      await this.#disk.write(note, 0, new Uint8Array(1));
      if (this.#defect !== 'does not sync') await this.#disk.sync(note);
      this.send(from, 'kept', note);
    };
    this.install('keep', keep, String);
  }
}

class Asker extends Process {
  readonly kept = new Set<string>();
  #next = 0;
  readonly #repeats: boolean;
  constructor(repeats: boolean) {
    super('asker');
    this.#repeats = repeats;
  }
  protected override initialize(): void {
    this.install(
      'kept',
      (_from, note: string) => {
        this.kept.add(note);
      },
      String,
    );
    this.#ask();
  }
  #ask(): void {
    const keeper = new PID('keeper', '10.0.0.1:5050');
    const last = `note-${this.#next}`;
    if (!this.#repeats || this.#next === 0 || this.kept.has(last)) this.#next++;
    if (this.#next <= 20) this.send(keeper, 'keep', `note-${this.#next}`);
    this.delay(200, () => {
      this.#ask();
    });
  }
}

function scenario(defect: Defect): Scenario<void> {
  return async (simulation) => {
    const server = await simulation.node('server', ({ runtime, disk }) => {
      runtime.spawn(new Keeper(disk, defect));
    });
    const client = await simulation.node('client', ({ runtime }) => {
      const asker = new Asker(defect !== 'forgets who it has told');
      runtime.spawn(asker);
      return asker;
    });
    simulation.always('what is said to be kept is on the disk', () =>
      [...client.value.kept].every((note) => server.disk.peek(note) !== undefined),
    );
    await simulation.nemesis({ withinMs: 5_000, nodes: ['server', 'client'], crashes: 3, resets: 3 });
    await simulation.eventually('all notes are kept', () => client.value.kept.size >= 20, 120_000);
  };
}

for (const [defect, what] of [
  ['does not sync', /Does not hold: what is said to be kept is on the disk/],
  ['answers before it writes', /Does not hold: what is said to be kept is on the disk/],
  ['forgets who it has told', /Not within 120000 ms: all notes are kept/],
] as const) {
  test(`a program that ${defect} is found out within a hundred seeds`, async (t) => {
    const search = simulateSeeds({ seeds: 100, env: {}, report: () => undefined }, scenario(defect));
    const { message } = await t.throwsAsync(search, { code: 'SIMULATION_FAILED' });
    t.regex(message, what);
    const seed = /SEED=(\d+)/.exec(message)?.[1];
    const again = await t.throwsAsync(
      simulateSeeds({ seeds: 100, env: { SEED: seed }, report: () => undefined }, scenario(defect)),
    );
    t.is(again.message, message);
  });
}

test('a program without a defect passes all of them', async (t) => {
  t.is(await simulateSeeds({ seeds: 100, env: {} }, scenario('none')), 100);
});
