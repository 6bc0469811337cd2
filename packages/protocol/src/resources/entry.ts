// One resource within a collection: an identity, an allocation and an amount. The arithmetic on amounts is here.
import type { Resource } from '../generated/mesos-v1.ts';
import { fromMilli, toMilli } from './amounts.ts';
import { identityOf, type Identity } from './identity.ts';
import { covers, intersect, intervalsOf, rangesOf, unite, without, type Intervals } from './intervals.ts';
import { coversItems, intersectItems, itemSetOf, uniteItems, withoutItems, type ItemSet } from './item-set.ts';

/** One resource within a collection. Immutable. Of the amount one member counts, by the identity's kind. */
export interface Entry {
  readonly identity: Identity;
  /** The role it is allocated to, if any. */
  readonly role: string | undefined;
  /** Thousandths of a scalar, or the number of indivisible units. */
  readonly number: number;
  readonly intervals: Intervals;
  readonly items: ItemSet;
}

const noIntervals: Intervals = [];
const noItems: ItemSet = [];

// Entries are made here only, so that they all have one shape and property access stays fast.
function ofNumber(like: Pick<Entry, 'identity' | 'role'>, number: number): Entry {
  return { identity: like.identity, role: like.role, number, intervals: noIntervals, items: noItems };
}

function ofIntervals(like: Pick<Entry, 'identity' | 'role'>, intervals: Intervals): Entry {
  return { identity: like.identity, role: like.role, number: 0, intervals, items: noItems };
}

function ofItems(like: Pick<Entry, 'identity' | 'role'>, items: ItemSet): Entry {
  return { identity: like.identity, role: like.role, number: 0, intervals: noIntervals, items };
}

function isNothing(entry: Entry): boolean {
  // Written so that NaN counts as nothing.
  return !(entry.number > 0) && entry.intervals.length === 0 && entry.items.length === 0;
}

function divided(like: Pick<Entry, 'identity' | 'role'>, resource: Resource): Entry {
  if (resource.type === 'RANGES') return ofIntervals(like, intervalsOf(resource.ranges?.range ?? []));
  if (resource.type === 'SET') return ofItems(like, itemSetOf(resource.set?.item ?? []));
  return ofNumber(like, toMilli(resource.scalar?.value ?? 0));
}

/** The entry of a resource in the new reservation format, or nothing if it has no amount or a type that has none. */
export function entryOf(resource: Resource): Entry | undefined {
  if (resource.type === 'TEXT') return undefined;
  const identity = identityOf(resource);
  const entry = divided({ identity, role: resource.allocation_info?.role }, resource);
  if (isNothing(entry)) return undefined;
  return identity.kind === 'units' ? ofNumber(entry, 1) : entry;
}

/** Whether two entries are the same resource, so that their amounts can be compared and added. */
export function isSame(left: Entry, right: Entry): boolean {
  return left.role === right.role && isSameIdentity(left.identity, right.identity);
}

/** Whether two identities are equal. */
function isSameIdentity(left: Identity, right: Identity): boolean {
  return left === right || left.key === right.key;
}

/** The sum of two entries of the same resource. */
export function sum(left: Entry, right: Entry): Entry {
  const { kind } = left.identity;
  if (kind === 'ranges') return ofIntervals(left, unite(left.intervals, right.intervals));
  if (kind === 'items') return ofItems(left, uniteItems(left.items, right.items));
  return ofNumber(left, left.number + right.number);
}

function remainder(left: Entry, right: Entry): Entry {
  const { kind } = left.identity;
  if (kind === 'ranges') return ofIntervals(left, without(left.intervals, right.intervals));
  if (kind === 'items') return ofItems(left, withoutItems(left.items, right.items));
  return ofNumber(left, left.number - right.number);
}

/** What is left of an entry without another of the same resource, or nothing. */
export function difference(left: Entry, right: Entry): Entry | undefined {
  const rest = remainder(left, right);
  return isNothing(rest) ? undefined : rest;
}

/** What two entries have in common, as part of the left one, or nothing. Their amounts must be counted alike. */
export function common(left: Entry, right: Entry): Entry | undefined {
  const { kind } = left.identity;
  let shared: Entry;
  if (kind === 'ranges') shared = ofIntervals(left, intersect(left.intervals, right.intervals));
  else if (kind === 'items') shared = ofItems(left, intersectItems(left.items, right.items));
  else shared = ofNumber(left, Math.min(left.number, right.number));
  return isNothing(shared) ? undefined : shared;
}

/** Whether the left entry has at least as much as the right one, of the same resource. */
export function hasAtLeast(left: Entry, right: Entry): boolean {
  const { kind } = left.identity;
  if (kind === 'ranges') return covers(left.intervals, right.intervals);
  if (kind === 'items') return coversItems(left.items, right.items);
  return left.number >= right.number;
}

/** The same amount, allocated to a role or to none. */
export function withRole(entry: Entry, role: string | undefined): Entry {
  const { identity, intervals, items, number } = entry;
  return entry.role === role ? entry : { identity, role, number, intervals, items };
}

/** So many thousandths of a scalar, or as many indivisible units as are no more than that; the entry itself if it is no more. */
export function atMost(entry: Entry, milli: number): Entry | undefined {
  if (scalarMilli(entry) <= milli) return entry;
  const { kind, template } = entry.identity;
  const number = kind === 'units' ? Math.floor(milli / toMilli(template.scalar?.value ?? 0)) : milli;
  return number > 0 && template.shared === undefined ? ofNumber(entry, number) : undefined;
}

/** The same amount of another resource that is counted alike. */
export function withIdentity(entry: Entry, identity: Identity): Entry {
  const { intervals, items, number, role } = entry;
  return { identity, role, number, intervals, items };
}

function allocated(resource: Resource, role: string | undefined): Resource {
  if (resource.allocation_info?.role === role) return resource;
  const { allocation_info: _allocation, ...rest } = resource;
  return role === undefined ? rest : { ...rest, allocation_info: { role } };
}

function describe(entry: Entry): Resource {
  const resource = allocated(entry.identity.template, entry.role);
  const { kind } = entry.identity;
  if (kind === 'units') return resource;
  if (kind === 'ranges') return { ...resource, ranges: { range: rangesOf(entry.intervals) } };
  if (kind === 'items') return { ...resource, set: { item: [...entry.items] } };
  return { ...resource, scalar: { value: fromMilli(entry.number) } };
}

/**
 * The messages for an entry: one, except that whole disks which only look the same are told one by one.
 * A shared resource is told once, however often it is in use.
 */
export function messagesOf(entry: Entry): Resource[] {
  const resource = describe(entry);
  const { kind, template } = entry.identity;
  if (kind !== 'units' || template.shared !== undefined) return [resource];
  return Array.from({ length: entry.number }, () => resource);
}

/** The scalar amount, in thousandths, that an entry stands for; a shared resource counts once. */
export function scalarMilli(entry: Entry): number {
  const { kind, template } = entry.identity;
  if (kind === 'scalar') return entry.number;
  if (kind !== 'units' || template.type !== 'SCALAR') return 0;
  const each = toMilli(template.scalar?.value ?? 0);
  return template.shared === undefined ? each * entry.number : each;
}

/** The intervals that an entry stands for. */
export function intervalsIn(entry: Entry): Intervals {
  const { kind, template } = entry.identity;
  return kind === 'units' ? intervalsOf(template.ranges?.range ?? []) : entry.intervals;
}

/** The items that an entry stands for. */
export function itemsIn(entry: Entry): ItemSet {
  const { kind, template } = entry.identity;
  return kind === 'units' ? itemSetOf(template.set?.item ?? []) : entry.items;
}
