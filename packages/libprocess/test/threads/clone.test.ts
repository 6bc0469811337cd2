import test from 'ava';
import fc from 'fast-check';
import { PID } from '../../src/index.ts';
import { pack, packError, transfer, unpack, unpackError } from '../../src/threads/clone.ts';

/** To another thread and back. */
function there(value: unknown): unknown {
  const moved: ArrayBuffer[] = [];
  const packed = pack(value, moved);
  return unpack(structuredClone(packed, { transfer: moved }));
}

const leaf = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, 2n ** 70n, new Date(3), Number.NaN),
  fc.integer(),
  fc.string(),
  fc.uint8Array({ maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 0, max: 3 }).map((index) => new PID(`a(${index})`, '1.2.3.4:5')),
);
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', '0', '__proto__', 'constructor', ''), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
}));

test('what is cloned is equal to what it was, with PIDs and Buffers of their classes, whatever holds them', (t) => {
  fc.assert(
    fc.property(anything, (value) => {
      t.deepEqual(there(value), value);
    }),
    { numRuns: 2_000 },
  );
});

test('names of properties cannot reach the prototype of anything', (t) => {
  const evil: unknown = JSON.parse(
    '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
  );
  const value = [evil, { inner: [new PID('a', '1.2.3.4:5')] }];
  (evil as { list?: unknown }).list = [new PID('b', '1.2.3.4:5')];
  t.deepEqual(there(value), value);
  t.false('polluted' in {});
});

test('something that is in many places is walked once', (t) => {
  let value: unknown = [new PID('a', '1.2.3.4:5')];
  for (let depth = 0; depth < 60; depth++) value = [value, value];
  const back = there(value) as unknown[];
  let item: unknown = back;
  while (Array.isArray(item)) item = item[1] ?? item[0];
  t.true(item instanceof PID);
});

test('an error that is its own cause, or has a long chain of them, is cut', (t) => {
  const error: Error = new Error('outer');
  error.cause = error;
  let back = unpackError(structuredClone(packError(error))) as Error | undefined;
  let depth = 0;
  for (; back !== undefined; back = back.cause as Error | undefined) depth++;
  t.is(depth, 9);
});

test('the same buffer given away twice in one value is moved once', (t) => {
  const buffer = transfer(new ArrayBuffer(4));
  const bytes = new Uint8Array(buffer);
  const back = there([buffer, { bytes }, buffer]) as [ArrayBuffer, { bytes: Uint8Array }, ArrayBuffer];
  t.is(buffer.byteLength, 0);
  t.is(back[0], back[2]);
  t.is(back[1].bytes.buffer, back[0]);
});
