import { SeededRandom } from '@mesos-ts/libprocess';
import test from 'ava';
import fc from 'fast-check';
import { applyDelta, makeDelta, StateError } from '../src/index.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('any value is made again from any other and the delta between them', (t) => {
  const value = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 600 }).map(bytes));
  fc.assert(
    fc.property(value, value, (base, target) => {
      t.is(Buffer.compare(applyDelta(base, makeDelta(base, target)), target), 0);
    }),
  );
});

test('a value that was cut up, reordered and added to is made of pieces of the old one', (t) => {
  const base = new SeededRandom(1).bytes(100_000);
  // What both begin with is copied once, so the pieces here are none of it.
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 99_000 }), fc.nat(900), fc.string()), { maxLength: 20 }),
      (cuts) => {
        const target = Buffer.concat(cuts.flatMap(([at, size, added]) => [base.subarray(at, at + size), bytes(added)]));
        const delta = makeDelta(base, target);
        t.is(Buffer.compare(applyDelta(base, delta), target), 0);
        const added = cuts.reduce((sum, [, , text]) => sum + Buffer.byteLength(text), 0);
        t.true(delta.length <= 40 + added + cuts.length * (12 + 70), `${delta.length} bytes for ${cuts.length} cuts`);
      },
    ),
    { numRuns: 50 },
  );
});

test('a little more in a large value is a small delta', (t) => {
  const base = new SeededRandom(2).bytes(2_000_000);
  const target = Buffer.concat([base.subarray(0, 900_000), bytes('something new'), base.subarray(900_000)]);
  t.true(makeDelta(base, target).length < 60);
  t.true(makeDelta(target, base).length < 60);
  t.true(makeDelta(base, base).length < 30);
});

test('bytes that repeat do not make it slow or wrong', (t) => {
  const base = new Uint8Array(200_000);
  const target = Buffer.concat([Uint8Array.of(1), new Uint8Array(150_000), Uint8Array.of(2), new Uint8Array(90_000)]);
  t.is(Buffer.compare(applyDelta(base, makeDelta(base, target)), target), 0);
});

test('a delta is not applied to another base', (t) => {
  const delta = makeDelta(bytes('the old value'), bytes('the new value'));
  for (const other of ['', 'the old valuf', 'the old value ']) {
    t.is(t.throws(() => applyDelta(bytes(other), delta), { instanceOf: StateError }).code, 'STATE_CORRUPT');
  }
});

test('whatever happens to a delta, it makes the right value or is refused', (t) => {
  const base = Buffer.from('some value that is kept for long, and is changed now and then. '.repeat(20));
  const target = Buffer.concat([base.subarray(300), bytes('more'), base.subarray(0, 500)]);
  const delta = makeDelta(base, target);
  fc.assert(
    fc.property(fc.nat(delta.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(delta.length), (at, by, length) => {
      const damaged = Uint8Array.from(delta);
      damaged[at] = (damaged[at] ?? 0) ^ by;
      for (const each of [damaged, delta.subarray(0, length), Buffer.concat([delta, damaged.subarray(0, at)])]) {
        try {
          t.is(Buffer.compare(applyDelta(base, each), target), 0);
        } catch (error) {
          t.true(error instanceof StateError);
        }
      }
    }),
    { numRuns: 500 },
  );
});
