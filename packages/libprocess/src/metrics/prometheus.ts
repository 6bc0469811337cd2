import { DurationMetric } from './metric-timer.ts';
import type { MetricReading } from './metrics.ts';

/** The media type of Prometheus's text format. */
export const prometheusType = 'text/plain; version=0.0.4; charset=utf-8';

/** Options of `prometheusText`. */
export interface PrometheusOptions {
  /** What the names begin with, followed by `_`; `mesos` makes `master/tasks_running` to `mesos_master_tasks_running`. @default none */
  readonly prefix?: string;
  /**
   * Takes a metric apart whose name says what it is about, so that many are one family whose members differ by labels. Two of a family
   * must not have the same labels.
   * @default names stay whole
   */
  readonly family?: (name: string) => MetricFamily | undefined;
}

/** What the name of a metric says. */
export interface MetricFamily {
  /** A path, as those of metrics are. */
  readonly name: string;
  /** Names are letters, digits and `_`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly help?: string;
}

type FamilyType = 'counter' | 'gauge' | 'summary';

/** Metrics of one type that have the same name in Prometheus's alphabet. */
interface Family {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string | undefined;
  readonly readings: LabelledReading[];
}

interface LabelledReading extends MetricReading {
  /** Undefined where the whole name is that of the family. */
  readonly labels: Labels | undefined;
}

const quantiles = [
  ['0.5', 'p50'],
  ['0.9', 'p90'],
  ['0.95', 'p95'],
  ['0.99', 'p99'],
  ['0.999', 'p999'],
  ['0.9999', 'p9999'],
] as const;

/**
 * Metrics in Prometheus's text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). Letters that names cannot
 * have become `_`; counters end with `_total`; timers are summaries, their quantiles of the window, `_sum` and `_count` of all time, in
 * the unit that their name ends with. Metrics whose names become the same are one family and have the label `name`, unless `family` has given them labels.
 */
export function prometheusText(readings: readonly MetricReading[], options: PrometheusOptions = {}): string {
  const lines: string[] = [];
  for (const { help, name, type, readings: members } of families(readings, options)) {
    const [first] = members;
    if (first === undefined) continue;
    const isOne = members.length === 1;
    const about = help ?? (isOne ? (first.metric.help ?? first.metric.name) : 'Several metrics, told apart by name.');
    lines.push(`# HELP ${name} ${escapeHelp(about)}`, `# TYPE ${name} ${type}`);
    for (const member of members) {
      lines.push(...samples(name, member, member.labels ?? (isOne ? [] : [['name', member.metric.name]])));
    }
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function families(readings: readonly MetricReading[], { family: familyOf, prefix }: PrometheusOptions): Family[] {
  const found = new Map<string, Family>();
  const taken = new Set<string>();
  const start = prefix === undefined ? '' : `${prefix}_`;
  for (const reading of readings) {
    const type = typeOf(reading);
    if (reading.value === undefined && type !== 'summary') continue;
    const told = familyOf?.(reading.metric.name);
    let name = nameOf(`${start}${told?.name ?? reading.metric.name}`, type);
    let family = familyAt(name, type, told?.help, found, taken);
    while (family === undefined) {
      name += '_';
      family = familyAt(name, type, told?.help, found, taken);
    }
    family.readings.push({ ...reading, labels: told === undefined ? undefined : Object.entries(told.labels) });
  }
  return [...found.values()];
}

/** The family of that name, or a new one; undefined when another one has the name, or samples of it. */
function familyAt(
  name: string,
  type: FamilyType,
  help: string | undefined,
  found: Map<string, Family>,
  taken: Set<string>,
): Family | undefined {
  const family = found.get(name);
  if (family !== undefined) return family.type === type ? family : undefined;
  const names = type === 'summary' ? [name, `${name}_sum`, `${name}_count`] : [name];
  if (names.some((sample) => taken.has(sample))) return undefined;
  for (const sample of names) taken.add(sample);
  const made: Family = { name, type, help, readings: [] };
  found.set(name, made);
  return made;
}

function typeOf({ metric }: MetricReading): FamilyType {
  if (metric instanceof DurationMetric) return 'summary';
  return metric.kind === 'counter' ? 'counter' : 'gauge';
}

function nameOf(name: string, type: FamilyType): string {
  const letters = name.replaceAll(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');
  return type === 'counter' && !letters.endsWith('_total') ? `${letters}_total` : letters;
}

type Labels = readonly (readonly [name: string, value: string])[];

function samples(name: string, { metric, value, statistics }: MetricReading, labels: Labels): string[] {
  if (!(metric instanceof DurationMetric)) return [`${name}${labelText(labels)} ${numberText(value ?? Number.NaN)}`];
  const lines =
    statistics === undefined
      ? []
      : quantiles.map(
          ([quantile, key]) =>
            `${name}${labelText([...labels, ['quantile', quantile]])} ${numberText(statistics[key])}`,
        );
  lines.push(`${name}_sum${labelText(labels)} ${numberText(metric.sum)}`);
  lines.push(`${name}_count${labelText(labels)} ${metric.count}`);
  return lines;
}

function labelText(labels: Labels): string {
  return labels.length === 0 ? '' : `{${labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',')}}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
