import { parseResources, Resources } from '@mesos-ts/protocol';
import { flag } from '@mesos-ts/flags';
import type { Resource, Value_Scalar } from '@mesos-ts/protocol';

/** Resources for a cell of a table: `cpus:1; mem:64`, or `-` for none. */
export function resourcesText(resources: readonly Resource[] | undefined): string {
  const text = Resources.of(resources ?? [])
    .unallocate()
    .toString();
  return text === '' || text === '{}' ? '-' : text;
}

/** How much there is of one resource, for a cell of a table. */
export function amountText(resources: readonly Resource[] | undefined, name: string): string {
  return String(Resources.of(resources ?? []).quantities.get(name));
}

/** Amounts by name, for a cell of a table. */
export function scalarsText(amounts: Readonly<Record<string, Value_Scalar>> | undefined): string {
  const texts = Object.entries(amounts ?? {}).map(([name, { value }]) => `${name}:${value}`);
  return texts.length === 0 ? '-' : texts.join('; ');
}

/** A flag of resources, written as for agents. */
export function resourcesFlag(help: string): ReturnType<typeof flag.string<{ readonly help: string }>> {
  return flag.string({ help, validate: (text) => parseResources(text).error });
}

/** The resources that a validated flag says. */
export function resourcesOf(text: string): Resource[] {
  return parseResources(text).value?.toArray() ?? [];
}

/** A flag of amounts by name, `cpus:1;mem:64`. None of something, `gpus:0`, is an amount, too. */
export function amountsFlag(help: string): ReturnType<typeof flag.string<{ readonly help: string }>> {
  return flag.string({
    help,
    validate: (text) => {
      const wrong = partsOf(text).find((part) => !amount.test(part));
      return wrong === undefined ? undefined : `Expecting NAME:AMOUNT, not '${wrong}'`;
    },
  });
}

/** The amounts that a validated flag says. */
export function amountsOf(text: string): Record<string, Value_Scalar> {
  const parts = partsOf(text).map((part) => amount.exec(part));
  return Object.fromEntries(parts.map((part) => [part?.[1] ?? '', { value: Number(part?.[2]) }]));
}

const amount = /^([^\s:;()[\]{}]+)\s*:\s*(\d+(?:\.\d+)?)$/;

function partsOf(text: string): string[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A span of time for people: `4s`, `3m 5s`, `2h 10m`. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)}m ${whole % 60}s`;
  return `${Math.floor(whole / 3_600)}h ${Math.floor((whole % 3_600) / 60)}m`;
}
