// Amounts of scalar resources. As in Mesos they have three decimals: sums are done on integers of thousandths, so that
// 0.1 + 0.2 is 0.3 and what is taken away leaves exactly nothing.

const milliPerUnit = 1000;

/** The amount in thousandths, rounded: 0.1 is 100. */
export function toMilli(units: number): number {
  return Math.round(units * milliPerUnit);
}

/** The amount in units: 100 is 0.1. */
export function fromMilli(milli: number): number {
  return milli / milliPerUnit;
}

/** The largest amount, in units, that still has three exact decimals. */
export const scalarMax = Math.floor(Number.MAX_SAFE_INTEGER / milliPerUnit);
