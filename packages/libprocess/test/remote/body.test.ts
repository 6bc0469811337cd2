import test from 'ava';
import fc from 'fast-check';
import { BodyFindings, bodyDepthMax, bodyProblem, reachesPrototype } from '../../src/remote/body.ts';
import { ProcessError } from '../../src/index.ts';
import { copyThroughWire, decodeFrame, encodeFrame } from '../../src/remote/frame.ts';

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

function refusal(body: unknown): string {
  try {
    encodeFrame([['to', 'from', 'name', body]]);
    return '';
  } catch (error) {
    return error instanceof ProcessError && error.code === 'MESSAGE_INVALID' ? error.message : String(error);
  }
}

test('a body nests as deep as the receiver bears, and one that nests deeper is refused before it is sent', (t) => {
  t.deepEqual(copyThroughWire(nested(bodyDepthMax)), nested(bodyDepthMax));
  t.regex(refusal(nested(bodyDepthMax + 1)), /nested more than 510 deep/);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  t.regex(refusal(cycle), /nested more than/);
});

test('typed arrays that would arrive as other bytes are refused, with the place where they are', (t) => {
  for (const array of [new Uint16Array(2), new Int32Array(2), new Float64Array(2), new DataView(new ArrayBuffer(2))]) {
    t.regex(
      refusal({ items: [1, { data: array }] }),
      /body\.items\[1\]\.data: a \w+; of typed arrays, Uint8Array only/,
    );
  }
  t.deepEqual(copyThroughWire({ data: new Uint8Array([1, 2]) }), { data: Buffer.from([1, 2]) });
});

test('names that reach for prototypes are refused before they are sent', (t) => {
  const own: unknown = JSON.parse('{"a": [{"__proto__": {"polluted": 1}}]}');
  t.regex(refusal(own), /body\.a\[0\]\.__proto__: a name that reaches for a prototype/);
  t.regex(refusal({ constructor: { prototype: { polluted: 1 } } }), /body\.constructor: a name/);
  t.regex(refusal(new Map([['constructor', { prototype: 1 }]])), /body\.constructor: a name/);
  t.is(refusal({ constructor: 'Mason & Sons', prototype: 7 }), '', 'a name that is harmless is just a name');
});

test('whatever arrives, merging it into an object property by property changes no prototype', (t) => {
  const key = fc.constantFrom('__proto__', 'constructor', 'prototype', 'a', 'toString');
  const { body } = fc.letrec<{ body: unknown }>((tie) => ({
    body: fc.oneof(
      { maxDepth: 5 },
      fc.integer(),
      fc.array(tie('body'), { maxLength: 15 }),
      fc.dictionary(key, tie('body')),
    ),
  }));
  const merge = (into: Record<string, unknown>, from: object): void => {
    for (const [name, value] of Object.entries(from)) {
      const there = into[name];
      const isObject = (typeof there === 'object' || typeof there === 'function') && there !== null;
      if (isObject && typeof value === 'object' && value !== null)
        merge(there as Record<string, unknown>, value as object);
      else into[name] = value;
    }
  };
  const before = Object.getOwnPropertyNames(Object.prototype).toString();
  fc.assert(
    fc.property(body, (value) => {
      const bytes = rawFrame(value);
      let arrived: unknown;
      try {
        arrived = decodeFrame(bytes)[0]?.[3];
      } catch (error) {
        t.regex(String(error), /reaches for a prototype/);
        return;
      }
      if (typeof arrived === 'object' && arrived !== null && !Array.isArray(arrived)) merge({}, arrived);
      t.is(Object.getOwnPropertyNames(Object.prototype).toString(), before);
    }),
    { numRuns: 3_000 },
  );
});

test('a way to a prototype is found however its name is written', (t) => {
  const name = Buffer.from('constructor');
  for (const head of ['ab', 'd90b', 'da000b', 'db0000000b']) {
    const body = Buffer.concat([
      Buffer.from('81', 'hex'),
      Buffer.from(head, 'hex'),
      name,
      Buffer.from([0x81]),
      text('prototype'),
      Buffer.from([0x80]),
    ]);
    const frame = Buffer.concat([Buffer.from([0x91, 0x94]), text('to'), text('from'), text('name'), body]);
    t.throws(() => decodeFrame(frame), { message: /reaches for a prototype/ }, head);
    frame[frame.length - 2] = 0x45;
    t.deepEqual(decodeFrame(frame)[0]?.[3], { constructor: { prototypE: {} } } as never, head);
  }
});

class Writer {
  readonly #written: unknown;
  constructor(written: unknown) {
    this.#written = written;
  }
  toJSON(): unknown {
    return this.#written;
  }
}

test('what writes itself is looked at when it is written: too deep, or more values than a frame may have', (t) => {
  t.is(refusal([new Writer(nested(bodyDepthMax - 1))]), '');
  t.regex(refusal([new Writer(nested(bodyDepthMax))]), /nested more than 512 deep/);
  const many = Array.from({ length: 4_000_000 }, () => 0);
  t.regex(refusal(many), /more than 4000000 values/);
  t.is(refusal(many.slice(10)), '');
});

test('what writes itself is looked at when it is written: a name that reaches for a prototype', (t) => {
  t.regex(refusal({ a: new Writer({ constructor: { prototype: {} } }) }), /a name that reaches for a prototype/);
  t.is(refusal({ a: new Writer({ constructor: 'Mason & Sons', prototype: {} }) }), '');
});

test('plain data is refused for a name that reaches for a prototype or takes it for what writes itself, and else arrives as it was', (t) => {
  const name = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toJSON', 'toString', 'length', 'then', 'a');
  const { body } = fc.letrec<{ body: unknown; map: unknown }>((tie) => ({
    body: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(0, 1, '', null),
      fc.array(tie('body'), { maxLength: 3 }),
      tie('map'),
    ),
    map: fc.dictionary(name, tie('body'), { maxKeys: 4, noNullPrototype: true }),
  }));
  let refused = 0;
  fc.assert(
    fc.property(body, (value) => {
      if (isSendable(value)) t.deepEqual(copyThroughWire(value), value);
      else {
        refused++;
        t.regex(
          refusal(value),
          /^The body cannot be sent: body.*: (?:a name that reaches|a toJSON that is no function)/,
        );
      }
    }),
    { numRuns: 2_000 },
  );
  t.true(refused > 100);
});

function isSendable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const own = new Map<string, unknown>(Object.entries(value));
  const maker = own.get('constructor');
  const reaches = typeof maker === 'object' && maker !== null && Object.hasOwn(maker, 'prototype');
  if (own.has('__proto__') || reaches || (own.has('constructor') && Boolean(own.get('toJSON')))) return false;
  return [...own.values()].every(isSendable);
}

test('what a body is refused for is told only of what cannot be sent', (t) => {
  fc.assert(
    fc.property(fc.object({ withNullPrototype: false, withMap: false, withSet: false }), (body) => {
      if (bodyProblem(body, new BodyFindings()) !== undefined) return;
      t.false(reachesPrototype(body));
      t.notThrows(() => copyThroughWire(body));
    }),
    { numRuns: 1_000 },
  );
});

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0xa0 + value.length]), Buffer.from(value)]);
}

/** Writes numbers, lists and maps with short names, without regard to what they are. */
function write(value: unknown): Buffer {
  if (Array.isArray(value)) return Buffer.concat([Buffer.from([0x90 + value.length]), ...value.map(write)]);
  if (typeof value !== 'object' || value === null) return Buffer.from([0x2a]);
  const pairs = Object.entries(value);
  return Buffer.concat([
    Buffer.from([0x80 + pairs.length]),
    ...pairs.flatMap(([name, item]) => [text(name), write(item)]),
  ]);
}

function rawFrame(body: unknown): Uint8Array {
  return Buffer.concat([Buffer.from([0x91, 0x94]), text('to'), text('from'), text('name'), write(body)]);
}
