import test from 'ava';
import { Piecemeal } from '../src/piecemeal.ts';

/** An actor's turns: what is to be done in each, in order; and a clock that goes on by so much whenever somebody looks at it. */
function turns(tickMs: number): { readonly waiting: (() => void)[]; readonly work: Piecemeal } {
  const waiting: (() => void)[] = [];
  let nowMs = 0;
  return {
    waiting,
    work: new Piecemeal(
      (turn) => waiting.push(turn),
      () => (nowMs += tickMs),
    ),
  };
}

test('a crowd is dealt with in order, a few in each turn, and whatever else comes has its turn in between', (t) => {
  const { waiting, work } = turns(0.5);
  const done: number[] = [];
  for (let piece = 0; piece < 100; piece++) {
    work.add(() => {
      done.push(piece);
    });
  }
  let others = 0;
  while (waiting.length > 0) {
    const before = done.length;
    waiting.shift()?.();
    t.true(done.length - before <= 4);
    if (done.length < 100) others++;
    t.true(waiting.length <= 1, 'others wait behind no more than one turn of it');
  }
  t.deepEqual(
    done,
    Array.from({ length: 100 }, (_, piece) => piece),
  );
  t.true(others >= 24);
});

test('what comes meanwhile, or later, is done as well', (t) => {
  const { waiting, work } = turns(0.5);
  const done: string[] = [];
  work.add(() => {
    done.push('first');
    work.add(() => {
      done.push('second');
    });
  });
  while (waiting.length > 0) waiting.shift()?.();
  t.deepEqual(done, ['first', 'second']);
  work.add(() => {
    done.push('third');
  });
  t.is(waiting.length, 1);
  waiting.shift()?.();
  t.deepEqual(done, ['first', 'second', 'third']);
});

test('a piece that takes long has a turn of its own', (t) => {
  const { waiting, work } = turns(10);
  let done = 0;
  for (let piece = 0; piece < 3; piece++) {
    work.add(() => {
      done++;
    });
  }
  waiting.shift()?.();
  t.is(done, 1);
  while (waiting.length > 0) waiting.shift()?.();
  t.is(done, 3);
});
