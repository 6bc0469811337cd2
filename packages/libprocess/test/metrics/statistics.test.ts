import test from 'ava';
import { statisticsOf } from '../../src/metrics/statistics.ts';

test('statistics need two values', (t) => {
  t.is(statisticsOf([]), undefined);
  t.is(statisticsOf([1]), undefined);
  t.is(statisticsOf([1, 3])?.p50, 2);
});

test('percentiles are interpolated between neighbours, whatever the order of the values', (t) => {
  const statistics = statisticsOf([3, -5, 4, -2, 0, -4, 5, 1, -3, 2, -1]);
  t.deepEqual(statistics, {
    count: 11,
    min: -5,
    max: 5,
    p25: -2.5,
    p50: 0,
    p75: 2.5,
    p90: 4,
    p95: 4.5,
    p99: 4 + (9.9 - 9),
    p999: 4 + (9.99 - 9),
    p9999: 4 + (9.999 - 9),
  });
});

test('values are put in order as numbers, not as texts', (t) => {
  t.is(statisticsOf([10, 9, 100])?.p50, 10);
});
