import test from 'ava';
import fc from 'fast-check';
import { Mailbox } from '../../src/actor/mailbox.ts';

test('a mailbox behaves as an array, at both ends and across its chunks', (t) => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('push' as const), count: fc.integer({ min: 1, max: 1_500 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('shift' as const), count: fc.integer({ min: 1, max: 1_500 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('unshift' as const), count: fc.integer({ min: 1, max: 3 }) }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const mailbox = new Mailbox<number>();
      const model: number[] = [];
      let next = 0;
      for (const { kind, count } of steps) {
        for (let index = 0; index < count; index++) {
          if (kind === 'shift') {
            t.is(mailbox.shift(), model.shift());
          } else {
            mailbox[kind](next);
            model[kind](next++);
          }
        }
        t.is(mailbox.length, model.length);
      }
      t.deepEqual(mailbox.drain(), model);
      t.is(mailbox.length, 0);
      t.is(mailbox.shift(), undefined);
    }),
    { numRuns: 30 },
  );
});

test('a mailbox can be looked into without being changed, across its chunks', (t) => {
  const mailbox = new Mailbox<number>();
  for (let item = 0; item < 3000; item++) mailbox.push(item);
  for (let item = 0; item < 1000; item++) mailbox.shift();
  t.deepEqual(mailbox.peek(2), [1000, 1001]);
  t.deepEqual(
    mailbox.peek(10_000),
    Array.from({ length: 2000 }, (_, index) => 1000 + index),
  );
  t.deepEqual(new Mailbox<number>().peek(5), []);
  t.is(mailbox.length, 2000);
  t.is(mailbox.shift(), 1000);
});
