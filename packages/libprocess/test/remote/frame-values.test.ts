import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { BodyFindings, bodyProblem } from '../../src/remote/body.ts';
import { decodeFrame, encodeFrame, largeBodyValues, packrOptions } from '../../src/remote/frame.ts';
import { withoutRepeats } from '../../src/remote/frame-repeats.ts';
import { FrameFindings, frameProblem, frameValuesMax } from '../../src/remote/frame-scan.ts';
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

/** Of those that may be sent: names that reach for prototypes are refused before that. */
const sendableBody = body.filter((value) => bodyProblem(value, new BodyFindings()) === undefined);

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

test('what is said once and repeated is read as if it had been said again, of all plain data', (t) => {
  let repeats = 0;
  fc.assert(
    fc.property(sendableBody, (value) => {
      const plain = packr.pack(['to', value]);
      const shorter = packr.pack(['to', withoutRepeats(value)]);
      const found = new FrameFindings();
      t.is(frameProblem(shorter, found), undefined);
      if (found.hasRepeats) repeats++;
      agree(t, read(shorter), packr.unpack(plain));
    }),
    { numRuns: 5_000 },
  );
  t.true(repeats > 0);
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

test('a frame with repeats that was damaged is refused, or is another one of no more values than a frame may have', (t) => {
  const changes = fc.array(
    fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0xc7, 0, 0x7e), fc.integer({ min: 0, max: 255 }))),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  let through = 0;
  fc.assert(
    fc.property(sendableBody, changes, (value, places) => {
      const bytes = packr.pack([withoutRepeats(value)]);
      for (const [at, byte] of places) bytes[at % bytes.length] = byte;
      if (frameProblem(bytes, new FrameFindings()) !== undefined) return;
      const reading = outcome(() => read(bytes));
      if (reading !== 'refused') through++;
    }),
    { numRuns: 20_000 },
  );
  t.true(through > 0);
});

test('a value that repeats none is refused', (t) => {
  for (const [hex, what] of [
    ['91c7007e', 'in place of an entry'],
    ['9181a161c7007e', 'in a map that is in no list'],
    ['919181a161c7007e', 'in a list of one'],
    ['919281a161c7007e81a16101', 'in the first map of a list'],
    ['919281a1610181a162c7007e', 'under a name that the map before has not'],
    ['91928081a161c7007e', 'after a map that has nothing'],
    ['91938181a16101018081a161c7007e', 'after a map that has less than the one before it'],
    ['919281c7007e0181c7007e01', 'as a name'],
    ['91928201a16102c7007ea16103', 'as a name, of a map whose names are numbers'],
  ] as const) {
    t.throws(() => decodeFrame(Buffer.from(hex, 'hex')), { code: 'FRAME_INVALID' }, what);
  }
});

/** Each level is a list of two maps, of which the second repeats what the first has: two to the power of the levels. */
function bombOf(levels: number): Buffer {
  let value: Buffer = Buffer.from([0xa1, 0x78]);
  for (let level = 0; level < levels; level++) {
    value = Buffer.concat([Buffer.from('9281a161', 'hex'), value, Buffer.from('81a161c7007e', 'hex')]);
  }
  return Buffer.concat([Buffer.from('9194a161a162a163', 'hex'), value]);
}

test('repeats of repeats count as often as they are met: a small frame cannot become more than a large one', (t) => {
  t.is(decodeFrame(bombOf(15)).length, 1);
  for (const levels of [30, 100, 250]) {
    t.throws(() => decodeFrame(bombOf(levels)), { code: 'FRAME_INVALID', message: /more than 4000000 values/ });
  }
});

test('a message whose parts repeat one another until they are too many values is refused before it is sent', (t) => {
  const part = Array.from({ length: 1_000 }, (_, index) => index);
  const parts = Array.from({ length: frameValuesMax / 1_000 }, () => ({ part }));
  t.throws(() => encodeFrame([['to', 'from', 'name', parts]]), {
    code: 'MESSAGE_INVALID',
    message: /more than 4000000 values/,
  });
  const fewer = parts.slice(0, -10);
  const bytes = encodeFrame([['to', 'from', 'name', fewer]]);
  t.true(bytes.length < 40_000, `${bytes.length} bytes`);
  const parted = decodeFrame(bytes)[0]?.[3] as typeof parts;
  t.is(parted.length, fewer.length);
  t.deepEqual(parted.at(-1), { part });
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
  const tasks = [
    { id: 'one', ...inCommon() },
    { ...inCommon(), more: 1 },
    { id: 'three', ...inCommon(), more: 1 },
    { id: 'four', labels: [], info: { name: 'other' } },
  ];
  const read_ = read(packr.pack(withoutRepeats(tasks))) as Common[];
  const [one, two, three, four] = read_;
  for (const each of ['labels', 'info'] as const) {
    t.is(one?.[each], two?.[each]);
    t.is(two?.[each], three?.[each]);
    t.not(three?.[each], four?.[each]);
  }
  t.deepEqual(read_, packr.unpack(packr.pack(tasks)));
});

test('of properties of one name in one map the last counts', (t) => {
  // [{a: 1, a: {}}, {a: 1, a: {}}, {a: {}, a: 2}]
  const bytes = Buffer.from('9382a16101a1618082a16101a1618082a16180a16102', 'hex');
  t.deepEqual(read(bytes), [{ a: {} }, { a: {} }, { a: 2 }]);
});

/** Maps that are the same but for their ends, in lists within lists. */
function neighbours(level: number, last: number): object {
  const list = level === 0 ? Array.from({ length: 1_024 }, () => 1) : [1, 2].map((each) => neighbours(level - 1, each));
  return { list, last };
}

test('neighbours in lists within lists, long and the same but for their ends, are not compared again and again', (t) => {
  // Where each level of lists had all below it compared as often as the level above does, it would not end.
  const shorter = packr.pack(['to', withoutRepeats([neighbours(11, 1), neighbours(11, 2)])]);
  t.true(shorter.length < 4_000, `${shorter.length} bytes`);
  t.throws(() => read(shorter), { message: /more than 4000000 values/ });
});

interface Labelled {
  readonly labels: { readonly text: string };
}

/** What a receiver gets of so many tasks that are alike. */
function tasksOf(count: number): readonly Labelled[] {
  const tasks = Array.from({ length: count }, () => ({ labels: { text: 'text' } }));
  const [entry] = decodeFrame(encodeFrame([['to', 'from', 'name', tasks]]));
  return entry?.[3] as readonly Labelled[];
}

test('parts of large messages are shared, and those of small ones are everybody’s own', (t) => {
  const [one, two] = tasksOf(largeBodyValues);
  t.is(one?.labels, two?.labels);
  const [three, four] = tasksOf(10);
  t.not(three?.labels, four?.labels);
  t.deepEqual(three, four);
});

test('keys that are no names are refused, of frames with repeats as of others', (t) => {
  // A map with a list for a key, without and with maps before it of which one repeats the other.
  for (const hex of ['9194a161a162a163829001a161a178', '9194a161a162a1639381a1617881a161c7007e8190a178']) {
    t.throws(() => decodeFrame(Buffer.from(hex, 'hex')), {
      code: 'FRAME_INVALID',
      message: /^The frame cannot be read: Invalid property type/,
    });
  }
});
