// Prints what happens in a simulation that has everything in it, for whoever wants to compare it with another OS process.
import { simulate } from '../../src/testing/index.ts';
import { storm } from './storm.ts';

const faults = { withinMs: 5_000, partitions: 1, cuts: 1, resets: 5, crashes: 2, pauses: 1, skews: 1 };
const options = { network: { loss: 0.01 }, traceMax: Infinity };
for (const seed of [1, 2]) {
  const { trace } = await simulate(seed, storm({ nodes: 3, pauseMsMax: 100, faults, reconnects: true }), options);
  process.stdout.write(`${trace.lines().join('\n')}\n`);
}
