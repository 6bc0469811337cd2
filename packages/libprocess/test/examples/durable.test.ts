import test from 'ava';
import { Process } from '@mesos-ts/libprocess';
import { simulateSeeds } from '@mesos-ts/libprocess/testing';
import type { Disk, PID } from '@mesos-ts/libprocess';

/** Keeps letters, and says so once a loss of power would not harm them. */
class Safe extends Process {
  readonly #disk: Disk;
  constructor(disk: Disk) {
    super('safe');
    this.#disk = disk;
  }
  protected override initialize(): void {
    const keep = async (from: PID, letter: string): Promise<void> => {
      await this.#disk.write(letter, 0, Buffer.from(letter));
      await this.#disk.sync(letter);
      this.send(from, 'kept', letter);
    };
    this.install('keep', keep, String);
  }
}

/** Has five letters kept, and asks again each second until it has heard that they are. */
class Client extends Process {
  readonly kept = new Set<string>();
  readonly #safe: PID;
  constructor(safe: PID) {
    super();
    this.#safe = safe;
  }
  protected override initialize(): void {
    this.install('kept', (_from, letter: string) => void this.kept.add(letter), String);
    for (const letter of ['a', 'b', 'c', 'd', 'e']) this.#ask(letter);
  }
  #ask(letter: string): void {
    if (this.kept.has(letter)) return;
    this.send(this.#safe, 'keep', letter);
    this.delay(1_000, () => {
      this.#ask(letter);
    });
  }
}

test('what a safe says it has kept is on its disk, whatever goes wrong, and in the end it keeps everything', async (t) => {
  const seeds = await simulateSeeds({ seeds: 50, network: { loss: 0.02 } }, async (simulation) => {
    const server = await simulation.node('server', ({ runtime, disk }) => runtime.spawn(new Safe(disk)));
    const client = await simulation.node('client', ({ runtime }) => {
      const actor = new Client(server.pid('safe'));
      runtime.spawn(actor);
      return actor;
    });
    simulation.always('what is said to be kept is on the disk', () =>
      [...client.value.kept].every((letter) => server.disk.peek(letter)?.toString() === letter),
    );
    await simulation.nemesis({ withinMs: 10_000, crashes: 4, partitions: 1, cuts: 1, resets: 3, pauses: 1 });
    await simulation.eventually('everything is kept', () => client.value.kept.size === 5);
  });
  t.is(seeds, 50);
});
