import test from 'ava';
import { simulateSeeds } from '../../../src/testing/index.ts';
import { storm } from '../../support/storm.ts';

const everything = { partitions: 2, cuts: 2, resets: 6, crashes: 2, pauses: 2, skews: 1 };

for (let first = 1; first <= 1_000; first += 100) {
  test.serial(
    `seeds ${first} to ${first + 99}: at most once, in order, no gap and no life without exited, exited once for each link and after all before it, whatever goes wrong`,
    async (t) => {
      const options = { nodes: 3, pauseMsMax: 400, faults: { withinMs: 20_000, ...everything } };
      t.is(await simulateSeeds({ first, seeds: 100 }, storm(options)), 100);
    },
  );
}
