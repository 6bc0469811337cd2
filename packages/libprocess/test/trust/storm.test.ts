import test from 'ava';
import { createTrust } from '../../src/index.ts';
import { simulateSeeds } from '../../src/testing/index.ts';
import { storm } from '../support/storm.ts';

const everything = { partitions: 2, cuts: 2, resets: 6, crashes: 2, pauses: 2, skews: 1 };

for (const reconnects of [false, true]) {
  test.serial(
    `seeds 1 to 100: with a secret and dial-back, what runtimes promise holds whatever goes wrong${reconnects ? ', with links over new connections' : ''}`,
    async (t) => {
      const runtime = { trust: createTrust({ secrets: ['a secret that is long enough'] }) };
      const options = { nodes: 3, pauseMsMax: 400, reconnects, runtime, faults: { withinMs: 20_000, ...everything } };
      t.is(await simulateSeeds({ first: 1, seeds: 100 }, storm(options)), 100);
    },
  );
}
