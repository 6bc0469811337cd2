import test from 'ava';
import { RunQueue } from '../../src/actor/run-queue.ts';

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test('what was pushed runs in order, soon and not at once, and control goes back afterwards', async (t) => {
  const log: string[] = [];
  const queue = new RunQueue(() => log.push('back'));
  for (const name of ['a', 'b']) queue.push({ run: () => log.push(name) });
  t.deepEqual(log, []);
  t.true(queue.busy);
  await Promise.resolve();
  t.deepEqual(log, ['a', 'b', 'back']);
  t.false(queue.busy);
  await turn();
});

test('something that always has more to do shares turns with others and with the event loop', async (t) => {
  const queue = new RunQueue(() => undefined);
  let greedy = 0;
  let modest = 0;
  const glutton = {
    run: (budget: number) => {
      greedy += budget;
      if (greedy < 1_000_000) queue.push(glutton);
      return budget;
    },
  };
  queue.push(glutton);
  queue.push({ run: () => ++modest });
  await turn();
  t.is(modest, 1);
  t.true(greedy <= 10_000);
  while (queue.busy) await turn();
  t.true(greedy >= 1_000_000);
});
