import { parsed, unparsable, type Parsed } from './parsed.ts';

interface Unit {
  readonly name: string;
  readonly nanoseconds: number;
}

/** Smallest first; the names are those Mesos reads and prints. */
const UNITS: readonly [Unit, ...Unit[]] = [
  { name: 'ns', nanoseconds: 1 },
  { name: 'us', nanoseconds: 1e3 },
  { name: 'ms', nanoseconds: 1e6 },
  { name: 'secs', nanoseconds: 1e9 },
  { name: 'mins', nanoseconds: 60e9 },
  { name: 'hrs', nanoseconds: 3600e9 },
  { name: 'days', nanoseconds: 86_400e9 },
  { name: 'weeks', nanoseconds: 604_800e9 },
];

const UNIT_NAMES = UNITS.map((unit) => `'${unit.name}'`).join(', ');
const NANOSECONDS_PER_MILLISECOND = 1e6;
/** Mesos counts nanoseconds in 64 bits, which is a little over 292 years. */
const NANOSECONDS_MAX = 2 ** 63;
/** What a C++ double keeps of a decimal number, and so what Mesos prints. */
const SIGNIFICANT_DIGITS = 15;

const FORM = /^(\d+\.?\d*|\.\d+)([^\d.].*)$/s;

/**
 * Reads a duration such as `10secs`, `1.5mins` or `250ms`.
 *
 * The unit is mandatory and one of ns, us, ms, secs, mins, hrs, days and weeks; a sign is not accepted (both as in Mesos).
 *
 * @returns milliseconds, exact to the nanosecond up to 104 days.
 */
export function parseDuration(text: string): Parsed<number> {
  const match = FORM.exec(text);
  if (match === null) return unparsable(`Invalid duration '${text}'`);
  const unit = UNITS.find(({ name }) => name === match[2]);
  if (unit === undefined) return unparsable(`Unknown duration unit '${match[2]}'; supported units are ${UNIT_NAMES}`);
  const nanoseconds = Math.round(Number(match[1]) * unit.nanoseconds);
  if (nanoseconds >= NANOSECONDS_MAX) return unparsable(`Duration '${text}' is longer than 292 years`);
  return parsed(nanoseconds / NANOSECONDS_PER_MILLISECOND);
}

/**
 * Prints a duration as Mesos does: in the largest unit it reaches, or one unit below where that makes a whole number
 * (`10days`, not `1.42857142857143weeks`). Zero is `0ns`; a negative duration carries a minus sign.
 *
 * @param milliseconds - any finite number; what is below a nanosecond is rounded.
 */
export function formatDuration(milliseconds: number): string {
  const nanoseconds = Math.round(Math.abs(milliseconds) * NANOSECONDS_PER_MILLISECOND);
  const sign = milliseconds < 0 && nanoseconds > 0 ? '-' : '';
  const reached = UNITS.findLastIndex((unit) => nanoseconds >= unit.nanoseconds);
  const largest = UNITS[Math.max(reached, 0)] ?? UNITS[0];
  const smaller = UNITS[Math.max(reached - 1, 0)] ?? UNITS[0];
  const readsBetter = nanoseconds % largest.nanoseconds !== 0 && nanoseconds % smaller.nanoseconds === 0;
  const unit = readsBetter ? smaller : largest;
  return `${sign}${Number((nanoseconds / unit.nanoseconds).toPrecision(SIGNIFICANT_DIGITS))}${unit.name}`;
}
