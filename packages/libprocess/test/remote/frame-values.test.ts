import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { decodeFrame, encodeFrame, largeEntryBytes, packrOptions } from '../../src/remote/frame.ts';
import { frameProblem } from '../../src/remote/frame-scan.ts';
import { FrameValues } from '../../src/remote/frame-values.ts';
import type { ExecutionContext } from 'ava';

const packr = new Packr(packrOptions);

function read(bytes: Uint8Array): unknown {
  return new FrameValues(bytes, (extension) => packr.unpack(extension)).read();
}

/** What a reader makes of a frame, or that it makes nothing of it. */
function outcome(reads: () => unknown): unknown {
  try {
    return { value: reads() };
  } catch {
    return 'refused';
  }
}

/** `t.deepEqual`, fast; only dates that are none are not the same to Node.js. */
function agree(t: ExecutionContext, value: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(value, expected)) t.deepEqual(value, expected);
}

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString', '1', '', 'ü', 'n'.repeat(31), 'n'.repeat(32)),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const scalar = fc.oneof(
  fc.constantFrom(undefined, null, true, false, -0, NaN, Infinity, new Date(5), new Date(-1), new Date(NaN)),
  fc.constantFrom(
    2 ** 31,
    2 ** 32,
    -(2 ** 31),
    2 ** 53,
    -(2 ** 40),
    2 ** 63,
    127,
    128,
    255,
    256,
    65_536,
    -32,
    -33,
    -129,
  ),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
);

const { body } = fc.letrec<{ body: unknown; map: object; list: unknown[]; alike: object[] }>((tie) => ({
  body: fc.oneof({ maxDepth: 4 }, scalar, tie('map'), tie('list'), tie('alike')),
  map: fc.dictionary(name, tie('body'), { maxKeys: 4, noNullPrototype: true }),
  list: fc.array(tie('body'), { maxLength: 4 }),
  // As tasks are: most have what the one before has, some have more or less.
  alike: fc
    .tuple(
      tie('map'),
      fc.array(fc.tuple(name, fc.option(tie('body'), { nil: undefined }), fc.boolean()), { maxLength: 8 }),
    )
    .map(([map, changes]) => {
      let before = map;
      return changes.map(([key, value, isAdded]) => {
        const entries = Object.entries(before).filter(([each]) => each !== key);
        before = Object.fromEntries(isAdded ? [[key, value], ...entries] : entries);
        return before;
      });
    }),
}));

test('what is read is what msgpackr reads, of all plain data', (t) => {
  fc.assert(
    fc.property(body, (value) => {
      const bytes = packr.pack([['to', 'from', 'name', value]]);
      agree(t, read(bytes), packr.unpack(bytes));
    }),
    { numRuns: 5_000 },
  );
  t.pass();
});

test('what is read is what msgpackr reads, of texts, bytes, lists and maps of all sizes', (t) => {
  for (const size of [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536, 70_000]) {
    const numbers = Array.from({ length: size }, (_, index) => index);
    const map = Object.fromEntries(numbers.map((index) => [`k${index}`, index]));
    const bytes = packr.pack(['x'.repeat(size), Buffer.alloc(size), numbers, map, [map, { ...map, more: 1 }]]);
    agree(t, read(bytes), packr.unpack(bytes));
  }
  t.pass();
});

test('of every frame that is let through, however it was made, the same is read as by msgpackr, or both refuse it', (t) => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 });
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from([0x91, ...bytes])),
    fc.tuple(body, changes).map(([value, places]) => {
      const bytes = packr.pack([value]);
      for (const [at, byte] of places) bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
  let through = 0;
  fc.assert(
    fc.property(frame, (bytes) => {
      if (frameProblem(bytes) !== undefined) return;
      through++;
      agree(
        t,
        outcome(() => read(bytes)),
        outcome(() => packr.unpack(bytes)),
      );
    }),
    { numRuns: 20_000 },
  );
  t.true(through > 0);
});

interface Common {
  readonly labels: unknown;
  readonly uuid: unknown;
  readonly info: unknown;
}

function inCommon(): Common {
  return { labels: [{ key: 'key', value: 'value' }], uuid: Buffer.from('uuid'), info: { name: 'name' } };
}

test('what is the same in one map of a list as in the one before is one object, also where something is set in one of them only', (t) => {
  const bytes = packr.pack([
    { id: 'one', ...inCommon() },
    { ...inCommon(), more: 1 },
    { id: 'three', ...inCommon(), more: 1 },
    { id: 'four', labels: [], info: { name: 'other' } },
  ]);
  const [one, two, three, four] = read(bytes) as Common[];
  for (const each of ['labels', 'uuid', 'info'] as const) {
    t.is(one?.[each], two?.[each]);
    t.is(two?.[each], three?.[each]);
    t.not(three?.[each], four?.[each]);
  }
  t.deepEqual([one, two, three, four], packr.unpack(bytes));
});

test('the last of properties of one name counts, and none is taken for another', (t) => {
  // [{a: 1, a: {}}, {a: 1, a: {}}, {a: {}, a: 2}]
  const bytes = Buffer.from('9382a16101a1618082a16101a1618082a16180a16102', 'hex');
  t.deepEqual(read(bytes), [{ a: {} }, { a: {} }, { a: 2 }]);
});

/** Two maps with a list of so many values each, which are the same but for their ends. */
function neighbours(count: number, values: Buffer): Buffer {
  const head = Buffer.from([0x82, 0xa1, 0x61, 0xdd, 0, 0, 0, 0]);
  head.writeUInt32BE(count, 4);
  const map = (last: number): Buffer => Buffer.concat([head, values, Buffer.from([0xa1, 0x62, last])]);
  return Buffer.concat([map(1), map(2)]);
}

test('neighbours in lists within lists, long and the same but for their ends, are not compared again and again', (t) => {
  // Where each level of lists had all below it compared as often as the level above does, neither would end.
  let values = neighbours(1_024, Buffer.alloc(1_024, 1));
  for (let level = 0; level < 9; level++) values = neighbours(2, values);
  const small = Buffer.from('9281a1610181a161', 'hex');
  const nested = Buffer.concat([...Array.from({ length: 200 }, () => small), packr.pack(Buffer.alloc(8_000_000))]);
  for (const frame of [Buffer.concat([Buffer.from([0x92]), values]), nested]) {
    t.is(frameProblem(frame), undefined);
    t.is((read(frame) as readonly unknown[]).length, 2);
  }
});

interface Labelled {
  readonly labels: { readonly text: string };
}

/** What a receiver gets of two tasks that are alike, each of so many bytes. */
function tasksOf(size: number): readonly Labelled[] {
  const task: Labelled = { labels: { text: 'x'.repeat(size) } };
  const [entry] = decodeFrame(encodeFrame([['to', 'from', 'name', [task, { ...task }]]]));
  return entry?.[3] as readonly Labelled[];
}

test('parts of large messages are shared, and those of small ones are everybody’s own', (t) => {
  const [one, two] = tasksOf(largeEntryBytes);
  t.is(one?.labels, two?.labels);
  const [three, four] = tasksOf(10);
  t.not(three?.labels, four?.labels);
  t.deepEqual(three, four);
});

/** A frame with a message whose body is a map with a list for a key, and a text of so many bytes. */
function frameWithoutName(size: number): Buffer {
  const text = Buffer.concat([Buffer.from([0xda, size >> 8, size & 0xff]), Buffer.alloc(size, 'x')]);
  return Buffer.concat([Buffer.from('9194a161a162a163829001a161', 'hex'), text]);
}

test('keys of large messages that are no names are refused, as those of small ones are', (t) => {
  for (const size of [10, largeEntryBytes]) {
    t.throws(() => decodeFrame(frameWithoutName(size)), {
      code: 'FRAME_INVALID',
      message: /^The frame is not msgpack: Invalid property type/,
    });
  }
});
