import test from 'ava';
import { LogHistory, simulateLog } from '../../src/testing/index.ts';

const seeds = 2_000;
const parts = 4;

for (let part = 0; part < parts; part++) {
  const from = 1 + (part * seeds) / parts;
  const to = ((part + 1) * seeds) / parts;
  test(`whatever goes wrong, the log stays consistent and goes on when it is put right: seeds ${from} to ${to}`, (t) => {
    t.timeout(300_000);
    const sum = { appends: 0, elections: 0, crashes: 0, wipes: 0 };
    for (let seed = from; seed <= to; seed++) {
      // What it throws names what was violated; the seed repeats it: npm run sim -- --seed=...
      const report = simulateLog(seed);
      sum.appends += report.appends;
      sum.elections += report.elections;
      sum.crashes += report.crashes;
      sum.wipes += report.wipes;
    }
    t.log(sum);
    // A simulation in which nothing happens finds nothing.
    const count = to - from + 1;
    t.true(sum.appends > 30 * count && sum.elections > 3 * count && sum.crashes > count && sum.wipes > count / 2);
  });
}

function traceOf(seed: number): string[] {
  const trace: string[] = [];
  simulateLog(seed, { trace: (line) => trace.push(line) });
  return trace;
}

test('the same seed does the same', (t) => {
  t.deepEqual(traceOf(7), traceOf(7));
});

test('a replica whose disk is lost before it was ever started is started once', (t) => {
  for (const seed of [15_883, 29_961]) t.true(simulateLog(seed).wipes > 0);
});

test('three replicas do as well as five', (t) => {
  for (let seed = 1; seed <= 200; seed++) simulateLog(seed, { replicas: 3 });
  t.pass();
});

test('what writers append and read is linearizable, whatever goes wrong', (t) => {
  t.timeout(300_000);
  const sum = { reads: 0, appends: 0 };
  for (let seed = 1; seed <= 150; seed++) {
    const history = new LogHistory();
    simulateLog(seed, { history });
    t.true(history.isLinearizable(), `seed ${seed}: ${history.toString()}`);
    sum.reads += history.reads;
    sum.appends += history.appends;
  }
  t.log(sum);
  t.true(sum.reads > 500 && sum.appends > 5_000);
});
