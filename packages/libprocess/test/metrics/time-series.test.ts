import test from 'ava';
import * as fc from 'fast-check';
import { TimeSeries } from '../../src/metrics/time-series.ts';

function values(series: TimeSeries): number[] {
  return series.between().map(({ value }) => value);
}

/** A series of the numbers up to a count, one each second. */
function counting(count: number, options: { windowMs?: number; capacity: number }): TimeSeries {
  const series = new TimeSeries(options);
  for (let value = 0; value < count; value++) series.set(value, value * 1000, 0);
  return series;
}

const patterns: readonly (readonly [count: number, kept: readonly number[]])[] = [
  [10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  [11, [0, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  [14, [0, 2, 4, 6, 8, 9, 10, 11, 12, 13]],
  [15, [0, 2, 4, 6, 8, 10, 11, 12, 13, 14]],
  [16, [0, 4, 6, 8, 10, 11, 12, 13, 14, 15]],
  [20, [0, 4, 8, 11, 13, 15, 16, 17, 18, 19]],
];

for (const [count, kept] of patterns) {
  test(`a series of 10 that got ${count} values keeps the newest and thins out the older half from the oldest on`, (t) => {
    t.deepEqual(values(counting(count, { capacity: 10 })), kept);
  });
}

test('a series forgets what is older than its window and goes on thinning out where it was', (t) => {
  const series = counting(13, { windowMs: 10_000, capacity: 10 });
  series.truncate(12_000);
  t.deepEqual(values(series), [4, 6, 7, 8, 9, 10, 11, 12]);
  for (const value of [13, 14, 15]) series.set(value, value * 1000, 12_000);
  t.deepEqual(values(series), [4, 6, 8, 9, 10, 11, 12, 13, 14, 15]);
  series.truncate(19_000);
  t.deepEqual(values(series), [10, 11, 12, 13, 14, 15]);
  for (const value of [16, 17, 18, 19, 20]) series.set(value, value * 1000, 19_000);
  t.deepEqual(values(series), [10, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
});

test('what is within the window is told apart from what a series still holds for want of anything newer', (t) => {
  const series = counting(3, { windowMs: 10_000, capacity: 10 });
  t.deepEqual(series.recent(11_000), [2]);
  series.truncate(60_000);
  t.deepEqual(series.latest(), { timeMs: 2000, value: 2 });
  t.deepEqual(series.recent(60_000), []);
  t.is(new TimeSeries().latest(), undefined);
});

test('of values of the same moment a series keeps the last one, and late ones take their place in time', (t) => {
  const series = new TimeSeries();
  series.set(1, 1000);
  series.set(3, 3000);
  series.set(2, 2000, 3000);
  series.set(4, 3000);
  t.deepEqual(series.between(), [
    { timeMs: 1000, value: 1 },
    { timeMs: 2000, value: 2 },
    { timeMs: 3000, value: 4 },
  ]);
  t.deepEqual(
    series.between(1500, 2000).map(({ value }) => value),
    [2],
  );
  t.deepEqual(series.between(3000, 1000), []);
});

test('a series never holds more than its capacity, stays in order, and keeps its newest value', (t) => {
  const steps = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 3000 }), value: fc.integer() }), {
    maxLength: 200,
  });
  t.notThrows(() => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 3, max: 20 }),
        fc.integer({ min: 1, max: 60_000 }),
        (list, capacity, windowMs) => {
          const series = new TimeSeries({ capacity, windowMs });
          let now = 0;
          for (const { gap, value } of list) {
            now += gap;
            series.set(value, now);
            const times = series.between().map(({ timeMs }) => timeMs);
            if (times.length > capacity || times.some((time, index) => index > 0 && time <= (times[index - 1] ?? 0)))
              return false;
            if (series.latest()?.value !== value || (times[0] ?? 0) < now - windowMs) return false;
          }
          return true;
        },
      ),
    );
  });
});
