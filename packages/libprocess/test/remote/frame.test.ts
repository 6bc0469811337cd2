import test from 'ava';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { control, decodeFrame, encodeFrame } from '../../src/remote/frame.ts';
import { frameDepthMax, frameEntriesMax, frameProblem, frameValuesMax } from '../../src/remote/frame-scan.ts';
import { ProcessError } from '../../src/index.ts';
import { sendable } from '../support/sendable.ts';
import type { Entry } from '../../src/remote/frame.ts';

/** Decodes, and answers the reason when that is refused; anything but `FRAME_INVALID` is a defect. */
function refusal(bytes: Uint8Array): string | undefined {
  try {
    decodeFrame(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof ProcessError && error.code === 'FRAME_INVALID') return error.message;
    throw error;
  }
}

function message(body: unknown): Entry {
  return ['to', 'from', 'name', body];
}

/** The bytes of a frame with one message whose body is these bytes. */
function framed(body: Uint8Array | string): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'hex') : body;
  return Buffer.concat([Buffer.from([0x91, 0x94, 0xa1, 0x61, 0xa1, 0x62, 0xa1, 0x63]), bytes]);
}

const frameOfValues = (count: number): Buffer => {
  const head = Buffer.from([0xdd, 0, 0, 0, 0]);
  head.writeUInt32BE(count, 1);
  return framed(Buffer.concat([head, Buffer.alloc(count, 0x80)]));
};

const frameOfEntries = (count: number): Uint8Array =>
  encodeFrame(Array.from({ length: count }, () => [control.link, 'x']));

const frameOfMap = (key: string): Buffer =>
  framed(
    Buffer.concat([
      Buffer.from([0x81, 0xa0 + key.length]),
      Buffer.from(key),
      Buffer.from('81a8706f6c6c75746564c3', 'hex'),
    ]),
  );

const packed = (value: unknown): Uint8Array => new Packr({ useRecords: false }).pack(value);

const text = fc.string({ maxLength: 40 });
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.tuple(text, text, text, sendable(6)),
  fc.tuple(fc.constantFrom(control.link, control.unlink, control.exited), text),
  fc.tuple(fc.constant(control.hello), fc.nat(), text, text),
  fc.tuple(fc.constant(control.welcome)),
);

/** JSON writes -0 as 0; msgpack integers do too. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('what is encoded is decoded to the same entries', (t) => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
      t.deepEqual(normal(decodeFrame(encodeFrame(entries))), normal(entries));
    }),
  );
});

test('bodies of every plain kind and of many sizes pass', (t) => {
  const bodies = [
    [
      null,
      true,
      false,
      undefined,
      '',
      0,
      -1,
      127,
      -128,
      255,
      65_535,
      65_536,
      -32_769,
      2 ** 32,
      -(2 ** 33),
      0.5,
      Infinity,
    ],
    new Date(1_577_836_800_123),
    new Date(0),
    new Date(-5),
    ['x'.repeat(31), 'x'.repeat(32), 'x'.repeat(255), 'x'.repeat(256), 'x'.repeat(70_000), 'é€😀'],
    Array.from({ length: 15 }, (_, n) => n),
    Array.from({ length: 16 }, (_, n) => n),
    Array.from({ length: 70_000 }, (_, n) => n),
    Object.fromEntries(Array.from({ length: 70_000 }, (_, n) => [`k${n}`, n])),
    Buffer.alloc(200),
    Buffer.alloc(300),
    Buffer.alloc(70_000),
    {},
    [],
  ];
  for (const body of bodies) t.deepEqual(decodeFrame(encodeFrame([message(body)])), [message(body)]);
});

test('random bytes are refused with FRAME_INVALID or are a frame, never anything else', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isBody) => {
      refusal(isBody ? framed(bytes) : bytes);
    }),
    { numRuns: 20_000 },
  );
  t.pass();
});

test('a valid frame with bytes changed, removed or added is refused with FRAME_INVALID or is another frame', (t) => {
  const change = fc.record({
    at: fc.nat(),
    value: fc.integer({ min: 0, max: 255 }),
    kind: fc.constantFrom('set', 'cut', 'insert'),
  });
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 5 }),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (entries, changes) => {
        let bytes = Buffer.from(encodeFrame(entries));
        for (const { at, value, kind } of changes) {
          const index = at % (bytes.length + 1);
          if (kind === 'cut') bytes = bytes.subarray(0, index);
          else if (kind === 'set' && index < bytes.length) bytes[index] = value;
          else bytes = Buffer.concat([bytes.subarray(0, index), Buffer.from([value]), bytes.subarray(index)]);
        }
        refusal(bytes);
      },
    ),
    { numRuns: 20_000 },
  );
  t.pass();
});

test('a frame that is cut short anywhere, or followed by anything, is refused', (t) => {
  const bytes = Buffer.from(
    encodeFrame([message({ a: [1, 'two', Buffer.alloc(3), new Date(5)], b: undefined }), [control.link, 'x']]),
  );
  for (let length = 0; length < bytes.length; length++) t.truthy(refusal(bytes.subarray(0, length)), `${length} bytes`);
  t.regex(refusal(Buffer.concat([bytes, bytes])) ?? '', /not as long as it says/);
  t.is(refusal(bytes), undefined);
});

test('lengths far beyond the frame are refused before anything is allocated for them', (t) => {
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  for (const lie of [
    'ddffffffff',
    'dfffffffff',
    'dcffff',
    'deffff',
    'c6ffffffff',
    'dbffffffff',
    'c5ffff',
    'daffff',
    'c4ff',
    'd9ff',
    '9f',
    '8f',
    'bf',
  ]) {
    t.truthy(refusal(framed(lie)), lie);
    t.truthy(refusal(Buffer.from(lie, 'hex')), lie);
  }
  // Each of many arrays claims all that is left of the frame.
  const claims = Buffer.concat(
    Array.from({ length: 400 }, (_, index) => Buffer.from([0xdd, 0, 0, 7, 207 - (index & 63)])),
  );
  t.truthy(refusal(framed(claims)));
  t.true(process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before < 50_000_000);
});

test('nesting is bounded, far below what the stack bears', (t) => {
  const nested = (depth: number): Buffer => framed(Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([1])]));
  t.is(refusal(nested(frameDepthMax - 2)), undefined);
  t.regex(refusal(nested(frameDepthMax - 1)) ?? '', /nested more than/);
  t.regex(refusal(nested(1_000_000)) ?? '', /nested more than/);
  const maps = framed(Buffer.concat([Buffer.alloc(3_000_000, Buffer.from([0x81, 0xa1, 0x61])), Buffer.from([1])]));
  t.regex(refusal(maps) ?? '', /nested more than/);
});

test('values and entries of one frame are bounded', (t) => {
  t.regex(refusal(frameOfValues(frameValuesMax)) ?? '', /more than 4000000 values/);
  t.is(refusal(frameOfEntries(frameEntriesMax)), undefined);
  t.regex(refusal(frameOfEntries(frameEntriesMax + 1)) ?? '', /more than 1024 entries/);
});

test('what msgpackr would read beyond plain data is refused: records, references, errors, expressions and every other extension', (t) => {
  const rich = new Packr({ moreTypes: true, structuredClone: true, useRecords: false });
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const value of [cycle, new Set([1]), /a+/, new Error('x'), new Float64Array(2), 2n ** 70n]) {
    const packr = typeof value === 'bigint' ? new Packr({ useBigIntExtension: true }) : rich;
    t.regex(refusal(framed(packr.pack(value))) ?? '', /extension type|kind 0x/);
  }
  const records = new Packr({ useRecords: true }).pack({ a: 1 });
  t.regex(refusal(framed(records)) ?? '', /kind 0xd4|extension type 114/);
  for (let type = 1; type < 255; type++) {
    const hex = type.toString(16).padStart(2, '0');
    for (const ext of [
      `d4${hex}00`,
      `d5${hex}0000`,
      `d6${hex}00000000`,
      `c701${hex}00`,
      `c80001${hex}00`,
      `c900000001${hex}00`,
    ]) {
      t.truthy(refusal(framed(ext)), ext);
    }
  }
  t.truthy(refusal(framed('c1')));
});

test('names of properties cannot reach the prototype of anything', (t) => {
  for (const key of ['__proto__', 'constructor', 'prototype', 'toString']) {
    const body = decodeFrame(frameOfMap(key))[0]?.[3] as object;
    t.is(Object.getPrototypeOf(body), Object.prototype, key);
    t.is(({} as { polluted?: boolean }).polluted, undefined);
    t.is((body as { polluted?: boolean }).polluted, undefined);
  }
});

test('entries that are not well formed are refused with the reason', (t) => {
  for (const [entries, reason] of [
    [{}, /not an array/],
    [[1], /Entry 0 of the frame: not an array/],
    [[['to', 'from', 'name', 1], []], /Entry 1 of the frame: unknown kind/],
    [[['to', 'from', 'name']], /malformed message/],
    [[['to', 'from', 'name', 1, 2]], /malformed message/],
    [[['to', 1, 'name', 1]], /malformed message/],
    [[['to', 'x'.repeat(1_025), 'name', 1]], /malformed message/],
    [[[control.link]], /malformed link/],
    [[[control.exited, 5]], /malformed link/],
    [[[control.hello, 1, 'a']], /malformed greeting/],
    [[[control.hello, 1.5, 'a', 'b']], /malformed greeting/],
    [[[control.welcome, 1]], /malformed welcome/],
    [[[null]], /unknown kind/],
  ] as const) {
    t.regex(refusal(packed(entries)) ?? '', reason);
  }
});

test('the scan agrees with the decoder: what it lets through decodes', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
      const frame = framed(bytes);
      if (frameProblem(frame) !== undefined) return;
      // Keys are the decoder's to judge: it turns no container into text.
      t.notRegex(refusal(frame) ?? '', /cannot be read: (?!Invalid property type|A value that repeats none)/);
    }),
    { numRuns: 20_000 },
  );
});
