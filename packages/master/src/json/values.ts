import type { Attribute, Resource, Value_Range } from '@mesos-ts/protocol';
import { downgradeResource } from '@mesos-ts/protocol';

/** Anything that JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A protocol message as Mesos's v0 endpoints show it: bytes in base64, unset fields absent. */
export function messageJson(value: unknown): Json {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(messageJson);
  if (typeof value !== 'object' || value === null) return value as Json;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, messageJson(field)]));
}

/** Wall-clock milliseconds as the seconds that Mesos tells times in. */
export function seconds(ms: number): number {
  return ms / 1000;
}

function rangesText(ranges: readonly Value_Range[]): string {
  return `[${ranges.map(({ begin, end }) => `${begin}-${end}`).join(', ')}]`;
}

function setText(items: readonly string[]): string {
  return `{${items.join(', ')}}`;
}

/**
 * Resources summed up by name. The four scalars every client reads are always there; revocable resources are apart; ranges and
 * sets are texts.
 */
export function resourcesJson(resources: Iterable<Resource>): Json {
  const scalars: Record<string, number> = { cpus: 0, gpus: 0, mem: 0, disk: 0 };
  const ranges = new Map<string, Value_Range[]>();
  const sets = new Map<string, Set<string>>();
  for (const resource of resources) {
    const name = resource.revocable === undefined ? resource.name : `${resource.name}_revocable`;
    if (resource.type === 'SCALAR') {
      // Sums of thousandths, so that 0.1 and 0.2 are 0.3.
      const sum = Math.round(((scalars[name] ?? 0) + (resource.scalar?.value ?? 0)) * 1000);
      scalars[name] = sum / 1000;
    } else if (resource.type === 'RANGES') {
      ranges.set(name, merge([...(ranges.get(name) ?? []), ...(resource.ranges?.range ?? [])]));
    } else if (resource.type === 'SET') {
      sets.set(name, new Set([...(sets.get(name) ?? []), ...(resource.set?.item ?? [])]));
    }
  }
  return {
    ...scalars,
    ...Object.fromEntries([...ranges].map(([name, list]) => [name, rangesText(list)])),
    ...Object.fromEntries([...sets].map(([name, items]) => [name, setText([...items])])),
  };
}

function merge(ranges: readonly Value_Range[]): Value_Range[] {
  const merged: Value_Range[] = [];
  for (const { begin, end } of ranges.toSorted((left, right) => left.begin - right.begin)) {
    const last = merged.at(-1);
    if (last !== undefined && begin <= last.end + 1) last.end = Math.max(last.end, end);
    else merged.push({ begin, end });
  }
  return merged;
}

/** Resources one by one, in both formats of reservations, for operators who copy them into other requests. */
export function fullResourcesJson(resources: Iterable<Resource>): Json[] {
  return [...resources].map((resource) => {
    const { reservations = [], ...rest } = resource;
    const old = downgradeResource(resource);
    return messageJson({ ...(old ?? rest), ...(reservations.length === 0 ? { role: '*' } : { reservations }) });
  });
}

/** Attributes by name: numbers for scalars, texts for the rest. */
export function attributesJson(attributes: readonly Attribute[]): Json {
  return Object.fromEntries(
    attributes.map(({ name, ranges, scalar, set, text }) => [
      name,
      scalar?.value ??
        text?.value ??
        (ranges === undefined ? setText(set?.item ?? []) : rangesText(ranges.range ?? [])),
    ]),
  );
}
