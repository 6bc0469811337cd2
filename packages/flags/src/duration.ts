import { parsed, unparsable, type Parsed } from './parsed.ts';

interface Unit {
  readonly name: string;
  readonly nanoseconds: number;
}

/** Smallest first; the names are those Mesos reads and prints. */
const units: readonly [Unit, ...Unit[]] = [
  { name: 'ns', nanoseconds: 1 },
  { name: 'us', nanoseconds: 1e3 },
  { name: 'ms', nanoseconds: 1e6 },
  { name: 'secs', nanoseconds: 1e9 },
  { name: 'mins', nanoseconds: 60e9 },
  { name: 'hrs', nanoseconds: 3600e9 },
  { name: 'days', nanoseconds: 86_400e9 },
  { name: 'weeks', nanoseconds: 604_800e9 },
];

const unitNames = units.map((unit) => `'${unit.name}'`).join(', ');
const nanosecondsPerMillisecond = 1e6;
/** Mesos counts nanoseconds in 64 bits, which is a little over 292 years. */
const nanosecondsMax = 2 ** 63;
/** What a C++ double keeps of a decimal number, and so what Mesos prints. */
const significantDigits = 15;

const form = /^(\d+\.?\d*|\.\d+)([^\d.].*)$/s;

/**
 * Reads a duration such as `10secs`, `1.5mins` or `250ms`.
 *
 * The unit is mandatory and one of ns, us, ms, secs, mins, hrs, days and weeks; a sign is not accepted (both as in Mesos).
 *
 * @returns milliseconds, exact to the nanosecond up to 104 days.
 */
export function parseDuration(text: string): Parsed<number> {
  const match = form.exec(text);
  if (match === null) return unparsable(`Invalid duration '${text}'`);
  const unit = units.find(({ name }) => name === match[2]);
  if (unit === undefined) return unparsable(`Unknown duration unit '${match[2]}'; supported units are ${unitNames}`);
  const nanoseconds = Math.round(Number(match[1]) * unit.nanoseconds);
  if (nanoseconds >= nanosecondsMax) return unparsable(`Duration '${text}' is longer than 292 years`);
  return parsed(nanoseconds / nanosecondsPerMillisecond);
}

/**
 * Prints a duration as Mesos does: in the largest unit it reaches, or one unit below where that makes a whole number
 * (`10days`, not `1.42857142857143weeks`). Zero is `0ns`; a negative duration carries a minus sign.
 *
 * @param milliseconds - any finite number; what is below a nanosecond is rounded.
 */
export function formatDuration(milliseconds: number): string {
  const nanoseconds = Math.round(Math.abs(milliseconds) * nanosecondsPerMillisecond);
  const sign = milliseconds < 0 && nanoseconds > 0 ? '-' : '';
  const reached = units.findLastIndex((unit) => nanoseconds >= unit.nanoseconds);
  const largest = units[Math.max(reached, 0)] ?? units[0];
  const smaller = units[Math.max(reached - 1, 0)] ?? units[0];
  const readsBetter = nanoseconds % largest.nanoseconds !== 0 && nanoseconds % smaller.nanoseconds === 0;
  const unit = readsBetter ? smaller : largest;
  return `${sign}${Number((nanoseconds / unit.nanoseconds).toPrecision(significantDigits))}${unit.name}`;
}
