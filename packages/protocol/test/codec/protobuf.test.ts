import { createFileRegistry, fromBinary, fromJson, toBinary, type JsonValue } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import test from 'ava';
import fc from 'fast-check';
import { decode, encode, ProtocolError, type MessageName } from '../../src/index.ts';
import { messageNames, randomMessageOf } from '../support/random-message.ts';

const anyName = fc.constantFrom(...messageNames);

/** The same .proto files as an independent implementation of protobuf sees them. */
async function independentRegistry(): Promise<ReturnType<typeof createFileRegistry>> {
  const root = new URL('../../../', import.meta.url);
  const buf = (await import(new URL('scripts/lib/buf.mjs', root).href)) as { buildImage(folder: URL): JsonValue };
  const image = buf.buildImage(new URL('proto', root));
  return createFileRegistry(fromJson(FileDescriptorSetSchema, image, { ignoreUnknownFields: true }));
}

function expectSame(
  t: { deepEqual(a: unknown, b: unknown): void },
  name: MessageName,
  message: object,
  read: object,
): void {
  t.deepEqual({ name, message: read }, { name, message });
}

test('what was written is read back unchanged, for every message', (t) => {
  for (const name of messageNames) {
    for (let seed = 0; seed < 3; seed += 1) {
      const message = randomMessageOf(name, seed);
      expectSame(t, name, message, decode(name, encode(name, message)));
    }
  }
});

test('another implementation of protobuf reads what was written, knows every field, and is read in turn', async (t) => {
  const registry = await independentRegistry();
  fc.assert(
    fc.property(anyName, fc.nat(), (name, seed) => {
      const schema = registry.getMessage(name);
      if (schema === undefined) return t.fail(`no message ${name}`);
      const message = randomMessageOf(name, seed);
      const theirs = fromBinary(schema, encode(name, message), { readUnknownFields: true });
      t.is(theirs.$unknown, undefined);
      return expectSame(t, name, message, decode(name, toBinary(schema, theirs)));
    }),
    { numRuns: 300 },
  );
});

test('an unknown enum value counts as unset, an unknown field is skipped', (t) => {
  // Field 2 (type) of a scheduler call with the value 99, and field 1000 with the text "x".
  const bytes = Uint8Array.of(0x10, 99, 0xc2, 0x3e, 1, 0x78);
  t.deepEqual(decode('mesos.v1.scheduler.Call', bytes), {});
});

test('a packed list of numbers is read like a list of fields', (t) => {
  // Two capabilities, CHOWN (1000) and KILL (1005).
  t.deepEqual(decode('mesos.v1.CapabilityInfo', Uint8Array.of(0x0a, 4, 0xe8, 0x07, 0xed, 0x07)), {
    capabilities: ['CHOWN', 'KILL'],
  });
});

test('a message told in two parts is put together', (t) => {
  const first = encode('mesos.v1.scheduler.Call', { type: 'KILL', framework_id: { value: 'a' } });
  const second = encode('mesos.v1.scheduler.Call', { framework_id: { value: 'b' } });
  const whole = decode('mesos.v1.scheduler.Call', Buffer.concat([first, second]));
  t.deepEqual(whole, { type: 'KILL', framework_id: { value: 'b' } });
});

test('a time in nanoseconds survives as closely as numbers can tell it', (t) => {
  const nanoseconds = 1_763_692_800_123 * 1e6;
  t.deepEqual(decode('mesos.v1.TimeInfo', encode('mesos.v1.TimeInfo', { nanoseconds })), { nanoseconds });
});

test('a missing required field is an error', (t) => {
  const error = t.throws(() => decode('mesos.v1.TaskID', new Uint8Array()), { instanceOf: ProtocolError });
  t.is(error.code, 'PROTOCOL_INVALID_MESSAGE');
});

test('truncated and random bytes are refused with a ProtocolError or read as a valid message, nothing else', (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.tuple(fc.nat(), fc.nat()).map(([seed, cut]) => {
      const whole = encode('mesos.v1.TaskInfo', randomMessageOf('mesos.v1.TaskInfo', seed));
      return whole.subarray(0, cut % (whole.length + 1));
    }),
  );
  fc.assert(
    fc.property(anyName, bytes, (name, data) => {
      try {
        const message = decode(name, data);
        expectSame(t, name, message, decode(name, encode(name, message)));
      } catch (error) {
        t.true(error instanceof ProtocolError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('messages nested beyond the limit are refused', (t) => {
  let id = new Uint8Array(0);
  for (let i = 0; i < 150; i += 1) {
    const length = id.length < 128 ? [id.length] : [(id.length & 127) | 128, id.length >> 7];
    id = Uint8Array.of(0x0a, 1, 0x78, 0x12, ...length, ...id);
  }
  const error = t.throws(() => decode('mesos.v1.ContainerID', id), { instanceOf: ProtocolError });
  t.is(error.code, 'PROTOCOL_INVALID_PROTOBUF');
  t.regex(error.message, /nested deeper/);
});
