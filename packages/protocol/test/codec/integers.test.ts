import test from 'ava';
import { decode, encode, fromJson, toJson } from '../../src/index.ts';

// Field 1 as a varint: the greatest integers of 63 and of 64 bits, which Go calls math.MaxInt64 and math.MaxUint64.
const greatest = Buffer.from([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);

test('the greatest 64-bit integers, by which clients mean for ever, are read as the greatest numbers that fit', (t) => {
  const fromProtobuf = decode('mesos.v1.DurationInfo', greatest);
  const inJson = fromJson('mesos.v1.DurationInfo', JSON.parse('{"nanoseconds":9223372036854775807}'));
  const inText = fromJson('mesos.v1.DurationInfo', { nanoseconds: '9223372036854775807' });
  for (const duration of [fromProtobuf, inJson, inText]) {
    t.is(duration.nanoseconds, 2 ** 63 - 1024);
    // What is told of it is within 64 bits again, for clients that read nothing else.
    t.true(BigInt(JSON.stringify(toJson('mesos.v1.DurationInfo', duration)).match(/\d+/)?.[0] ?? '') < 2n ** 63n);
    t.deepEqual(decode('mesos.v1.DurationInfo', encode('mesos.v1.DurationInfo', duration)), duration);
  }
  const part = fromJson('mesos.v1.master.Call.ReadFile', JSON.parse('{"path":"p","offset":18446744073709551615}'));
  t.is(part.offset, 2 ** 64 - 2048);
});

test('what is beyond 64 bits is refused', (t) => {
  for (const nanoseconds of [1e19, -1e19, 2 ** 63 + 2048, Number.MAX_VALUE]) {
    t.throws(() => fromJson('mesos.v1.DurationInfo', { nanoseconds }), { message: /is not a 64-bit integer/ });
  }
  t.is(fromJson('mesos.v1.DurationInfo', { nanoseconds: -(2 ** 63) }).nanoseconds, -(2 ** 63));
});
