import test from 'ava';
import { formatNumber } from '../../src/index.ts';

// As `printf '%g'` writes them.
const numbers: readonly (readonly [value: number, text: string])[] = [
  [0, '0'],
  [-1, '-1'],
  [0.1, '0.1'],
  [1 / 3, '0.333333'],
  [99_999.5, '99999.5'],
  [999_999.5, '1e+06'],
  [1_234_567, '1.23457e+06'],
  [-1e12, '-1e+12'],
  [1e100, '1e+100'],
  [0.0001, '0.0001'],
  [0.000_012_5, '1.25e-05'],
  [1e-100, '1e-100'],
  [Infinity, 'inf'],
  [-Infinity, '-inf'],
  [Number.NaN, 'nan'],
];

for (const [value, text] of numbers) {
  test(`${value} is ${text} in the texts of Mesos`, (t) => {
    t.is(formatNumber(value), text);
  });
}
