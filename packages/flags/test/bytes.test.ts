import test from 'ava';
import * as fc from 'fast-check';
import { formatBytes, parseBytes } from '../src/index.ts';

test('every unit of Mesos is read, in any case', (t) => {
  const readings = [
    ['0B', 0],
    ['1024b', 1024],
    ['1KB', 1024],
    ['64MB', 64 * 1024 ** 2],
    ['2Gb', 2 * 1024 ** 3],
    ['3TB', 3 * 1024 ** 4],
  ] as const;
  for (const [text, bytes] of readings) t.deepEqual(parseBytes(text), { value: bytes }, text);
});

test('a text that is no amount of bytes is refused with its reason', (t) => {
  t.is(parseBytes('1.5GB').error, "Fractional bytes '1.5GB'");
  t.is(parseBytes('64').error, "Invalid bytes '64'");
  t.is(parseBytes('').error, "Invalid bytes ''");
  t.is(parseBytes('MB').error, "Invalid bytes 'MB'");
  t.is(parseBytes('-1MB').error, "Invalid bytes '-1MB'");
  t.is(parseBytes('64MiB').error, "Unknown bytes unit 'MiB'; supported units are 'B', 'KB', 'MB', 'GB', and 'TB'");
  t.is(parseBytes('8192TB').error, "'8192TB' is more than 9007199254740991 bytes");
});

test('an amount of bytes is printed in the largest unit that loses nothing', (t) => {
  const printed = [
    [0, '0B'],
    [1023, '1023B'],
    [1024, '1KB'],
    [1025, '1025B'],
    [64 * 1024 ** 2, '64MB'],
    [2 * 1024 ** 3, '2GB'],
    [2048 * 1024 ** 4, '2048TB'],
  ] as const;
  for (const [bytes, text] of printed) t.is(formatBytes(bytes), text);
});

test('what is printed is read back', (t) => {
  const amounts = fc.oneof(
    fc.maxSafeNat(),
    fc.tuple(fc.nat(4096), fc.nat(4)).map(([count, exponent]) => count * 1024 ** exponent),
  );
  fc.assert(
    fc.property(amounts, (bytes) => {
      t.deepEqual(parseBytes(formatBytes(bytes)), { value: bytes });
    }),
  );
});

test('no text makes the reader throw, and what it reads is a whole number', (t) => {
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^[\d.]{0,30}([KMGT]?B|x)$/));
  fc.assert(
    fc.property(texts, (text) => {
      const { value = 0 } = parseBytes(text);
      t.true(Number.isSafeInteger(value) && value >= 0);
    }),
  );
});
