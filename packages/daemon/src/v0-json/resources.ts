import { downgradeResource, formatRanges, fromMilli, toJson, toMilli } from '@mesos-ts/protocol';
import type { Json, JsonObject } from './json.ts';
import type { Attribute, Resource, Resources, Value_Range, Value_Set } from '@mesos-ts/protocol';

/**
 * Resources summed up by name. The four scalars that every client reads are always there; revocable resources are apart; ranges and
 * sets are texts.
 */
export function resourcesJson(resources: Iterable<Resource>): JsonObject {
  // Of most there are scalars only, and there are many of these.
  const json: Record<string, number | string> = { cpus: 0, gpus: 0, mem: 0, disk: 0 };
  let others: Resource[] | undefined;
  for (const resource of resources) {
    if (resource.scalar === undefined) {
      (others ??= []).push(resource);
      continue;
    }
    const name = shownName(resource);
    // Sums of thousandths, so that 0.1 and 0.2 are 0.3.
    json[name] = fromMilli(toMilli(Number(json[name] ?? 0)) + toMilli(resource.scalar.value));
  }
  return others === undefined ? json : Object.assign(json, rangesAndSets(others));
}

function rangesAndSets(resources: readonly Resource[]): Record<string, string> {
  const ranges = new Map<string, Value_Range[]>();
  const sets = new Map<string, Set<string>>();
  for (const resource of resources) {
    const name = shownName(resource);
    if (resource.ranges !== undefined) {
      ranges.set(name, merge([...(ranges.get(name) ?? []), ...(resource.ranges.range ?? [])]));
    } else if (resource.set !== undefined) {
      sets.set(name, new Set([...(sets.get(name) ?? []), ...(resource.set.item ?? [])]));
    }
  }
  return {
    ...Object.fromEntries([...ranges].map(([name, range]) => [name, formatRanges({ range })])),
    ...Object.fromEntries([...sets].map(([name, items]) => [name, setText({ item: [...items] })])),
  };
}

function shownName({ name, revocable }: Resource): string {
  return revocable === undefined ? name : `${name}_revocable`;
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

function setText({ item = [] }: Value_Set): string {
  return `{${item.join(', ')}}`;
}

/** Resources one by one, in both formats of reservations, for operators who copy them into other requests. */
export function fullResourcesJson(resources: Iterable<Resource>): Json[] {
  return [...resources].map((resource) => toJson('mesos.v1.Resource', { ...resource, ...downgradeResource(resource) }));
}

/** Resources by the role that they are reserved for, each shown by a function. */
export function reservationsJson(resources: Resources, show: (reserved: Resources) => Json): JsonObject {
  return Object.fromEntries([...resources.reservations()].map(([role, reserved]) => [role, show(reserved)]));
}

/** The role that resources are allocated to; they are never of several. Nothing for resources of nobody. */
export function roleOf(resources: readonly Resource[] | undefined): string | undefined {
  return resources?.find((resource) => resource.allocation_info?.role !== undefined)?.allocation_info?.role;
}

/** Attributes by name: numbers for scalars, texts for the rest. */
export function attributesJson(attributes: readonly Attribute[]): JsonObject {
  return Object.fromEntries(attributes.map((attribute) => [attribute.name, attributeValue(attribute)]));
}

function attributeValue({ ranges, scalar, set, text }: Attribute): number | string {
  if (scalar !== undefined) return scalar.value;
  if (ranges !== undefined) return formatRanges(ranges);
  return set === undefined ? (text?.value ?? '') : setText(set);
}
