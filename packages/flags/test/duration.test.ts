import test from 'ava';
import * as fc from 'fast-check';
import { formatDuration, parseDuration } from '../src/index.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const week = 7 * day;

test('every unit of Mesos is read', (t) => {
  const readings = [
    ['1ns', 1e-6],
    ['7us', 0.007],
    ['250ms', 250],
    ['10secs', 10 * second],
    ['1.5mins', 1.5 * minute],
    ['3.5hrs', 3.5 * hour],
    ['.5days', 12 * hour],
    ['2.weeks', 2 * week],
    ['0secs', 0],
  ] as const;
  for (const [text, milliseconds] of readings) t.deepEqual(parseDuration(text), { value: milliseconds }, text);
});

test('a decimal that doubles cannot hold is read to the nearest nanosecond', (t) => {
  t.deepEqual(parseDuration('4.35secs'), { value: 4350 });
  t.deepEqual(parseDuration('1.1secs'), { value: 1100 });
});

test('a text that is no duration is refused with its reason', (t) => {
  for (const text of [
    '',
    '10',
    'secs',
    '-5secs',
    '1.2.3secs',
    '.secs',
    ' 5secs',
    '5 secs',
    'Infinitysecs',
    '1e3secs',
  ]) {
    t.regex(parseDuration(text).error ?? '', /^(Invalid duration|Unknown duration unit)/, text);
  }
  t.is(
    parseDuration('5seconds').error,
    "Unknown duration unit 'seconds'; supported units are 'ns', 'us', 'ms', 'secs', 'mins', 'hrs', 'days', 'weeks'",
  );
  t.is(parseDuration('15251weeks').error, "Duration '15251weeks' is longer than 292 years");
});

test('a duration is printed as Mesos prints it', (t) => {
  const printed = [
    [0, '0ns'],
    [1e-6, '1ns'],
    [0.0015, '1500ns'],
    [0.25, '250us'],
    [1.5, '1500us'],
    [250, '250ms'],
    [5 * second, '5secs'],
    [3140, '3140ms'],
    [3141.592653, '3.141592653secs'],
    [90 * second, '90secs'],
    [15 * minute, '15mins'],
    [10 * hour, '10hrs'],
    [-10 * hour, '-10hrs'],
    [10 * day, '10days'],
    [day + 4.5 * hour, '1.1875days'],
    [14 * day, '2weeks'],
    [15_250 * week, '15250weeks'],
  ] as const;
  for (const [milliseconds, text] of printed) t.is(formatDuration(milliseconds), text);
});

test('what is printed is read back to the same nanosecond', (t) => {
  const nanoseconds = fc.oneof(
    fc.integer({ min: 0, max: 1e9 }),
    fc.maxSafeInteger().map((value) => Math.abs(value) % 1e14),
    fc.integer({ min: 0, max: 1000 }).map((weeks) => weeks * week * 1e6),
  );
  fc.assert(
    fc.property(nanoseconds, (value) => {
      const milliseconds = value / 1e6;
      t.deepEqual(parseDuration(formatDuration(milliseconds)), { value: milliseconds });
    }),
  );
});

test('no text makes the reader throw, and what it reads is a finite number that is not negative', (t) => {
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^[\d.]{0,30}(ns|us|ms|secs|mins|hrs|days|weeks|x)$/));
  fc.assert(
    fc.property(texts, (text) => {
      const { value = 0 } = parseDuration(text);
      t.true(Number.isFinite(value) && value >= 0);
    }),
  );
});
