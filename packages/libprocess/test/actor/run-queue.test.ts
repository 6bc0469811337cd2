import test from 'ava';
import { RunQueue } from '../../src/actor/run-queue.ts';

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test('what was pushed runs in order, soon and not at once, and control goes back afterwards', async (t) => {
  const log: string[] = [];
  const queue = new RunQueue(
    () => log.push('back'),
    () => 0,
  );
  for (const name of ['a', 'b']) queue.push({ run: () => log.push(name) });
  t.deepEqual(log, []);
  t.true(queue.busy);
  await Promise.resolve();
  t.deepEqual(log, ['a', 'b', 'back']);
  t.false(queue.busy);
  await turn();
});

test('something that always has more to do shares turns with others and with the event loop', async (t) => {
  const queue = new RunQueue(
    () => undefined,
    () => 0,
  );
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

test('work that takes long gives control back to the event loop every few milliseconds, and to others in between', async (t) => {
  let nowMs = 0;
  const queue = new RunQueue(
    () => undefined,
    () => nowMs,
  );
  const gaps: number[] = [];
  let [left, turnedMs, waitedMs] = [100_000, 0, Infinity];
  // Each piece of work takes 0.05 ms.
  const slow = {
    run: (budget: number) => {
      nowMs += budget * 0.05;
      left -= budget;
      if (left > 0) queue.push(slow);
      return budget;
    },
  };
  queue.push(slow);
  queue.push({ run: () => (waitedMs = nowMs) });
  while (queue.busy) {
    await turn();
    gaps.push(nowMs - turnedMs);
    turnedMs = nowMs;
  }
  t.true(waitedMs < 2, `${waitedMs}`);
  t.true(Math.max(...gaps) < 4, `${Math.max(...gaps)}`);
  t.true(gaps.length < 100_000 / 20);
});

test('events that take a millisecond each share turns one by one', async (t) => {
  let nowMs = 0;
  const queue = new RunQueue(
    () => undefined,
    () => nowMs,
  );
  let left = 1_000;
  const slow = {
    run: (budget: number) => {
      nowMs += budget;
      left -= budget;
      if (left > 0) queue.push(slow);
      return budget;
    },
  };
  queue.push(slow);
  const gaps: number[] = [];
  for (let turnedMs = 0; queue.busy; turnedMs = nowMs) {
    await turn();
    gaps.push(nowMs - turnedMs);
  }
  t.true(gaps.length > 100);
  t.true(Math.max(...gaps.slice(2)) <= 3, `${Math.max(...gaps.slice(2))}`);
});

test('a crowd of long events that comes when all were short until then is noticed after a few of them', async (t) => {
  let nowMs = 0;
  const queue = new RunQueue(
    () => undefined,
    () => nowMs,
  );
  let left = 10_000;
  let eventMs = 0.001;
  const work = {
    run: (budget: number) => {
      nowMs += budget * eventMs;
      left -= budget;
      if (left > 0) queue.push(work);
      return budget;
    },
  };
  queue.push(work);
  while (queue.busy) await turn();
  await turn();
  [left, eventMs] = [1_000, 0.5];
  const crowdMs = nowMs;
  queue.push(work);
  await turn();
  t.true(nowMs - crowdMs <= 10, `${nowMs - crowdMs}`);
  while (queue.busy) await turn();
});

test('work that only awaits one another, and takes long, does not keep the event loop waiting either', async (t) => {
  const machine = { nowMs: 0, left: 10_000 };
  const queue = new RunQueue(
    () => undefined,
    () => machine.nowMs,
  );
  const chained = {
    run: () => {
      machine.nowMs += 0.05;
      if (--machine.left > 0) {
        void Promise.resolve().then(() => {
          queue.push(chained);
        });
      }
      return 1;
    },
  };
  queue.push(chained);
  let turns = 0;
  for (; turns < 10_000 && machine.nowMs < 500; turns++) {
    const beforeMs = machine.nowMs;
    await turn();
    if (turns > 1) t.true(machine.nowMs - beforeMs < 10, `${machine.nowMs - beforeMs}`);
  }
  t.true(turns > 50 && turns < 1_000, `${turns}`);
  t.is(machine.left, 0);
});

test('time that passes between two pieces of work is not counted as work', async (t) => {
  let nowMs = 0;
  const queue = new RunQueue(
    () => undefined,
    () => nowMs,
  );
  let done = 0;
  for (let index = 0; index < 2_000; index++) {
    queue.push({ run: () => ++done - index });
    nowMs += 10;
    await Promise.resolve();
    t.is(done, index + 1);
    if (index % 10 === 0) await turn();
  }
});
