/** Reads Prometheus's text format 0.0.4 as strictly as its description allows, and throws for anything else. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  help: string | undefined;
  type: string;
  readonly samples: Sample[];
}

const metricName = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const labelName = '[a-zA-Z_][a-zA-Z0-9_]*';
const label = new RegExp(`^(${labelName})="((?:[^"\\\\\\n]|\\\\[\\\\"n])*)"(,|$)`);
const number = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]Inf)$/;
const types = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);

export function parseExposition(text: string): Map<string, ParsedFamily> {
  const families = new Map<string, ParsedFamily>();
  if (text === '') return families;
  if (!text.endsWith('\n')) throw new Error('The last line does not end with a line feed');
  const seen = new Set<string>();
  let current: string | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = new RegExp(`^# (HELP|TYPE) (${metricName}) (.*)$`).exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      if (name !== current) {
        if (families.has(name)) throw new Error(`The lines of ${name} are not together`);
        families.set(name, { help: undefined, type: 'untyped', samples: [] });
        current = name;
      }
      annotate(families.get(name), kind, rest);
      continue;
    }
    if (line === '' || line.startsWith('#')) throw new Error(`A line that says nothing: ${line}`);
    const sample = parseSample(line);
    const family = current === undefined ? undefined : families.get(current);
    if (family === undefined || current === undefined || !belongs(sample, current, family.type)) {
      throw new Error(`A sample outside of its family: ${line}`);
    }
    const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).map(String).toSorted())}`;
    if (seen.has(key)) throw new Error(`A sample that was there before: ${line}`);
    seen.add(key);
    family.samples.push(sample);
  }
  for (const [name, family] of families) if (family.samples.length === 0) throw new Error(`${name} has no sample`);
  return families;
}

function annotate(family: ParsedFamily | undefined, kind: string | undefined, text: string): void {
  if (family === undefined || family.samples.length > 0) throw new Error('HELP and TYPE stand before the samples');
  if (kind === 'HELP') {
    if (family.help !== undefined) throw new Error('Only one HELP');
    if (/\\(?![\\n])/.test(text.replaceAll('\\\\', ''))) throw new Error(`A bad escape: ${text}`);
    family.help = unescape(text);
  } else {
    if (!types.has(text) || family.type !== 'untyped') throw new Error(`A bad TYPE: ${text}`);
    family.type = text;
  }
}

function parseSample(line: string): Sample {
  const match = new RegExp(`^(${metricName})(?:\\{(.*)\\})? ([^ ]+)$`).exec(line);
  if (match === null) throw new Error(`Not a sample: ${line}`);
  const [, name = '', labelText = '', valueText = ''] = match;
  if (!number.test(valueText)) throw new Error(`Not a number: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = labelText; rest !== '';) {
    const found = label.exec(rest);
    if (found === null) throw new Error(`Not labels: ${line}`);
    const [whole, key = '', value = ''] = found;
    if (key in labels) throw new Error(`A label twice: ${line}`);
    labels[key] = unescape(value);
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: Number(valueText.replace('Inf', 'Infinity')) };
}

function belongs({ labels, name }: Sample, family: string, type: string): boolean {
  if (type === 'summary' && (name === `${family}_sum` || name === `${family}_count`)) return !('quantile' in labels);
  return name === family && 'quantile' in labels === (type === 'summary');
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}
