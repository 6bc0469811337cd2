import { Process } from '@mesos-ts/libprocess';
import { simulateSeeds } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { VoteStore } from '../../src/built-in/vote-store.ts';
import type { Disk } from '@mesos-ts/libprocess';
import type { Vote } from '../../src/built-in/messages.ts';

/** Votes again and again. */
class Voter extends Process {
  readonly #store: VoteStore;
  readonly #told: Vote[];
  readonly #found: (vote: Vote | undefined) => void;

  constructor(disk: Disk, told: Vote[], found: (vote: Vote | undefined) => void) {
    super('voter');
    this.#store = new VoteStore(disk, '10.0.0.1:5050');
    this.#told = told;
    this.#found = found;
  }

  protected override async initialize(): Promise<void> {
    const vote = await this.#store.read();
    this.#found(vote);
    this.#vote((vote?.term ?? 0) + 1);
  }

  #vote(term: number): void {
    this.delay(1, async () => {
      const vote = { term, votedFor: `master-${term}`, promised: { to: `leader-${term}`, term } };
      await this.#store.write(vote);
      this.#told.push(vote);
      this.#vote(term + 1);
    });
  }
}

test('a vote that was kept is there after a loss of power, whole, and never an earlier one', async (t) => {
  let lives = 0;
  const seeds = await simulateSeeds({ seeds: 100 }, async (simulation) => {
    const told: Vote[] = [];
    const node = await simulation.node('master', ({ disk, runtime }) => {
      const voter = new Voter(disk, told, (vote) => {
        lives++;
        t.true((vote?.term ?? 0) >= (told.at(-1)?.term ?? 0));
        if (vote !== undefined) {
          const { term } = vote;
          t.deepEqual(vote, { term, votedFor: `master-${term}`, promised: { to: `leader-${term}`, term } });
        }
      });
      runtime.spawn(voter);
    });
    for (let crash = 0; crash < 4; crash++) {
      await simulation.sleep(3 + simulation.nowMs * 0.37);
      node.crash({ power: true });
      await node.restart();
    }
    await simulation.eventually('it votes on', () => told.length > 3);
  });
  t.is(seeds, 100);
  t.is(lives, 500);
});
