import test from 'ava';
import fc from 'fast-check';
import { Message, encodeFields } from '../../src/etcd/protobuf.ts';

const number = fc.integer({ min: 1, max: 30 });

test('fields are read as they were written; what is missing has its default', (t) => {
  const integer = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
  fc.assert(
    fc.property(
      integer,
      fc.uint8Array(),
      fc.string(),
      fc.boolean(),
      fc.array(integer),
      (one, two, three, four, five) => {
        const written = encodeFields({
          1: one,
          2: two,
          3: three,
          4: four,
          5: five.map((each) => ({ 7: each })),
          6: { 1: 9n },
        });
        const message = new Message(written);
        t.is(message.int(1), one);
        t.deepEqual(Uint8Array.from(message.bytes(2)), two);
        t.is(message.text(3), Buffer.from(three).toString());
        t.is(message.bool(4), four);
        t.deepEqual(
          message.messages(5).map((each) => each.int(7)),
          five,
        );
        t.is(message.message(6).int(1), 9n);
        t.is(message.int(20), 0n);
        t.is(message.text(20), '');
      },
    ),
  );
});

test('whatever bytes come, they are read or refused, also when a field is of another kind than it should be', (t) => {
  let refused = 0;
  const read = (bytes: Uint8Array, field: number): void => {
    let message: Message;
    try {
      message = new Message(bytes);
    } catch (error) {
      refused++;
      t.regex(String(error), /^Error: A message (is cut short|has a field of no known kind)$/);
      return;
    }
    t.is(typeof message.int(field), 'bigint');
    t.true(message.bytes(field).length <= bytes.length);
    try {
      message.messages(field);
    } catch (error) {
      t.regex(String(error), /^Error: A message /);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), number, read), { numRuns: 1_000 });
  // A message with a byte gone bad, or cut off.
  const whole = encodeFields({ 1: 300n, 2: 'text', 3: { 1: 5n, 2: [{ 1: 1n }] }, 4: Buffer.alloc(200) });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(whole.length), (at, by, length) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ by;
      for (let field = 1; field < 5; field++) read(damaged.subarray(0, length), field);
    }),
    { numRuns: 500 },
  );
  t.true(refused > 100);
});
