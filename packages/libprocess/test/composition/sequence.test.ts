import fc from 'fast-check';
import test from 'ava';
import { Sequence, deferred } from '../../src/index.ts';
import { outcome, settled } from '../support/promises.ts';

test('work in a sequence is done one after the other, however the one before has ended', async (t) => {
  await using sequence = new Sequence();
  const gate = deferred<number>();
  const done: string[] = [];
  const first = outcome(sequence.add(() => gate.promise));
  const second = outcome(sequence.add(() => done.push('second')));
  const third = outcome(
    sequence.add(() => {
      throw new Error('third');
    }),
  );
  const fourth = sequence.add(() => Promise.resolve('fourth'));
  await settled();
  t.deepEqual([done, sequence.waiting], [[], 3]);
  gate.reject(new Error('first'));
  t.is(await fourth, 'fourth');
  t.deepEqual(done, ['second']);
  t.like(first, { state: 'rejected', reason: { message: 'first' } });
  t.like(second, { state: 'fulfilled', value: 1 });
  t.like(third, { state: 'rejected', reason: { message: 'third' } });
});

test('a piece that is given up before it has begun is left out, and no other', async (t) => {
  const sequence = new Sequence();
  const gate = deferred<void>();
  const controller = new AbortController();
  const done: number[] = [];
  void sequence.add(() => gate.promise);
  void sequence.add(() => done.push(1));
  const second = outcome(sequence.add(() => done.push(2), { signal: controller.signal }));
  const third = sequence.add(() => done.push(3));
  controller.abort(new Error('not any more'));
  gate.resolve();
  await third;
  t.deepEqual(done, [1, 3]);
  t.like(second, { state: 'rejected', reason: { message: 'not any more' } });
});

test('a piece that is given up when it has begun is told, and the next one waits until it has really ended', async (t) => {
  const sequence = new Sequence();
  const gate = deferred<string>();
  const controller = new AbortController();
  let isTold = false;
  const first = outcome(
    sequence.add(
      (signal) => {
        signal.addEventListener('abort', () => {
          isTold = true;
        });
        return gate.promise;
      },
      { signal: controller.signal },
    ),
  );
  const second = outcome(sequence.add(() => 'second'));
  controller.abort(new Error('stop'));
  await settled();
  t.deepEqual([isTold, first.state, second.state], [true, 'pending', 'pending']);
  gate.resolve('done all the same');
  await settled();
  t.deepEqual([first.value, second.value], ['done all the same', 'second']);
  await t.throwsAsync(
    sequence.add(() => 1, { signal: controller.signal }),
    { message: 'stop' },
  );
});

test('closing a sequence leaves out all that has not begun, and waits for what has', async (t) => {
  const sequence = new Sequence();
  const gate = deferred<number>();
  let reason: unknown;
  const first = outcome(
    sequence.add((signal) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return gate.promise;
    }),
  );
  const others = [1, 2, 3].map((number) => outcome(sequence.add(() => number)));
  const closing = outcome(sequence.close());
  const closingAgain = outcome(sequence.close());
  await settled();
  t.like(reason, { code: 'CLOSED' });
  t.deepEqual(
    others.map(({ state }) => state),
    ['rejected', 'rejected', 'rejected'],
  );
  t.deepEqual([closing.state, closingAgain.state], ['pending', 'pending']);
  gate.resolve(7);
  await settled();
  t.deepEqual([first.value, closing.state, closingAgain.state], [7, 'fulfilled', 'fulfilled']);
  await t.throwsAsync(
    sequence.add(() => 1),
    { code: 'CLOSED' },
  );
});

test('at whatever moment a sequence is closed, what has not begun by then never begins', async (t) => {
  const states = new Set<string>();
  for (let turns = 0; turns < 12; turns++) {
    const sequence = new Sequence();
    const gate = deferred<void>();
    const first = outcome(sequence.add(() => gate.promise));
    let isBegun = false;
    const second = outcome(
      sequence.add(() => {
        isBegun = true;
      }),
    );
    gate.resolve();
    // At some of these the first has ended and the second does not know yet that it is its turn.
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    const [wasBegun, wasWaiting] = [isBegun, sequence.waiting];
    states.add(`${first.state} ${wasBegun} ${wasWaiting}`);
    await sequence.close();
    await settled();
    t.is(isBegun, wasBegun);
    if (wasBegun) t.is(second.state, 'fulfilled');
    else t.like(second.reason, { code: 'CLOSED' });
  }
  t.true(
    [...states].some((state) => state.endsWith('false 0')),
    'a moment between the two',
  );
});

test('no two pieces of a sequence overlap, and they keep their order, whatever is given up', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ turns: fc.nat(5), isAborted: fc.boolean() }), { maxLength: 50 }),
      async (pieces) => {
        const sequence = new Sequence();
        const begun: number[] = [];
        let under = 0;
        let isOverlapping = false;
        const all = pieces.map(({ turns, isAborted }, index) => {
          const controller = new AbortController();
          const promise = sequence.add(
            async () => {
              under++;
              begun.push(index);
              for (let turn = 0; turn < turns; turn++) await Promise.resolve();
              isOverlapping ||= under > 1;
              under--;
            },
            { signal: controller.signal },
          );
          if (isAborted) void Promise.resolve().then(() => controller.abort());
          return promise;
        });
        await Promise.allSettled(all);
        const isSorted = begun.every((index, place) => place === 0 || index > (begun[place - 1] ?? -1));
        return (
          !isOverlapping &&
          isSorted &&
          sequence.waiting === 0 &&
          begun.length >= pieces.filter((one) => !one.isAborted).length
        );
      },
    ),
  );
  t.pass();
});
