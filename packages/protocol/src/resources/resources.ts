// Collections of resources and their arithmetic.
import type { Resource, Resource_ReservationInfo, Value_Range } from '../generated/mesos-v1.ts';
import { isStrictSubroleOf } from '../roles.ts';
import { toMilli } from './amounts.ts';
import {
  atMost,
  difference,
  entryOf,
  hasAtLeast,
  intervalsIn,
  isSame,
  itemsIn,
  messagesOf,
  scalarMilli,
  sum,
  withIdentity,
  withRole,
  type Entry,
} from './entry.ts';
import { findEntries } from './find.ts';
import { formatFlag, formatResource } from './format.ts';
import { identityOf } from './identity.ts';
import { intervalsCount, rangesOf, unite, type Intervals } from './intervals.ts';
import { uniteItems, type ItemSet } from './item-set.ts';
import { ResourceQuantities } from './quantities.ts';
import { upgradeResource } from './refinement.ts';

/** The role that a resource is reserved for, or nothing if it is not. */
export function reservationRole(resource: Resource): string | undefined {
  return resource.reservations?.at(-1)?.role;
}

function indexOfSame(entries: readonly Entry[], wanted: Entry): number {
  for (let i = 0; i < entries.length; i += 1) {
    const entry = entries[i];
    if (entry !== undefined && isSame(entry, wanted)) return i;
  }
  return -1;
}

function addTo(entries: Entry[], added: Entry): void {
  const index = indexOfSame(entries, added);
  const present = entries[index];
  if (present === undefined) entries.push(added);
  else entries[index] = sum(present, added);
}

/**
 * A collection of resources, in which those of the same kind are added up. Immutable: every operation returns another one.
 *
 * Two resources are of the same kind if they agree in name, type, reservations, disk, revocability, provider and the role
 * they are allocated to. Scalars have three decimals and are summed up exactly. Whole disks and persistent volumes cannot
 * be divided: they are there or not. Shared resources are counted: as often as they were added they must be taken away.
 * Resources are taken to be valid (see `validateResources`); of invalid ones no amount is made.
 */
export class Resources implements Iterable<Resource> {
  /** No resources. */
  static readonly empty = new Resources([]);

  readonly #entries: readonly Entry[];
  #scalarQuantities: ResourceQuantities | undefined;
  #quantities: ResourceQuantities | undefined;

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /** The collection of these resources, whichever way their reservations are told. Empty ones are left out. */
  static of(resources: Iterable<Resource> = []): Resources {
    const entries: Entry[] = [];
    for (const resource of resources) {
      const entry = entryOf(upgradeResource(resource));
      if (entry !== undefined) addTo(entries, entry);
    }
    return Resources.collect(entries);
  }

  private static collect(entries: readonly Entry[]): Resources {
    return entries.length === 0 ? Resources.empty : new Resources(entries);
  }

  private static merge(entries: Iterable<Entry>): Resources {
    const result: Entry[] = [];
    for (const entry of entries) addTo(result, entry);
    return Resources.collect(result);
  }

  /** How many different resources there are. */
  get size(): number {
    return this.#entries.length;
  }

  isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** The resources as messages, reservations told the new way (`reservations`, never `role`). */
  toArray(): Resource[] {
    return this.#entries.flatMap((entry) => messagesOf(entry));
  }

  [Symbol.iterator](): Iterator<Resource> {
    return this.toArray().values();
  }

  toJSON(): Resource[] {
    return this.toArray();
  }

  /** As Mesos prints it: `cpus(allocated: *):1; ports:[1-2, 4-5]`, or `{}`. */
  toString(): string {
    return this.isEmpty()
      ? '{}'
      : this.toArray()
          .map((resource) => formatResource(resource))
          .join('; ');
  }

  add(that: Resources): Resources {
    if (that.isEmpty()) return this;
    if (this.isEmpty()) return that;
    const entries = [...this.#entries];
    for (const entry of that.#entries) addTo(entries, entry);
    return new Resources(entries);
  }

  /** What is left of these. What the other side has more than these is ignored. */
  subtract(that: Resources): Resources {
    if (this.isEmpty() || that.isEmpty()) return this;
    const entries = [...this.#entries];
    for (const entry of that.#entries) {
      const index = indexOfSame(entries, entry);
      const present = entries[index];
      if (present === undefined) continue;
      const rest = difference(present, entry);
      if (rest === undefined) entries.splice(index, 1);
      else entries[index] = rest;
    }
    return Resources.collect(entries);
  }

  /** Whether there is at least as much of everything as the other side has. */
  contains(that: Resources): boolean {
    return that.#entries.every((entry) => {
      const present = this.#entries[indexOfSame(this.#entries, entry)];
      return present !== undefined && hasAtLeast(present, entry);
    });
  }

  /** Whether both sides have the same amounts of the same resources; their order does not matter. */
  equals(that: Resources): boolean {
    return this === that || (this.size === that.size && this.contains(that) && that.contains(this));
  }

  /** Whether, whatever their kind, there is as much of every name. */
  containsQuantities(quantities: ResourceQuantities): boolean {
    return this.quantities.contains(quantities);
  }

  get cpus(): number {
    return this.scalar('cpus');
  }

  get gpus(): number {
    return this.scalar('gpus');
  }

  /** In megabytes. */
  get mem(): number {
    return this.scalar('mem');
  }

  /** In megabytes. */
  get disk(): number {
    return this.scalar('disk');
  }

  get ports(): Value_Range[] {
    return this.ranges('ports');
  }

  /** The sum of all scalars of a name, in units. */
  scalar(name: string): number {
    return this.scalarQuantities.get(name);
  }

  /** All ranges of a name, joined and sorted. */
  ranges(name: string): Value_Range[] {
    let all: Intervals = [];
    for (const entry of this.entriesNamed(name)) all = unite(all, intervalsIn(entry));
    return rangesOf(all);
  }

  /** All items of the sets of a name, sorted. */
  items(name: string): string[] {
    let all: ItemSet = [];
    for (const entry of this.entriesNamed(name)) all = uniteItems(all, itemsIn(entry));
    return [...all];
  }

  /** The names, each once, in order of appearance. */
  names(): string[] {
    return [...new Set(this.#entries.map((entry) => entry.identity.template.name))];
  }

  has(name: string): boolean {
    return this.entriesNamed(name).length > 0;
  }

  private entriesNamed(name: string): readonly Entry[] {
    return this.#entries.filter((entry) => entry.identity.template.name === name);
  }

  /** The scalars summed up by name. Kept once made. */
  get scalarQuantities(): ResourceQuantities {
    this.#scalarQuantities ??= ResourceQuantities.of(
      this.#entries.map((entry) => [entry.identity.template.name, scalarMilli(entry)] as const),
    );
    return this.#scalarQuantities;
  }

  /** The scalars summed up by name, and as 1 each the members of ranges and sets. Kept once made. */
  get quantities(): ResourceQuantities {
    if (this.#quantities !== undefined) return this.#quantities;
    const counts = this.#entries.map((entry) => {
      const members = intervalsCount(intervalsIn(entry)) + itemsIn(entry).length;
      return [entry.identity.template.name, toMilli(members)] as const;
    });
    this.#quantities = this.scalarQuantities.add(ResourceQuantities.of(counts));
    return this.#quantities;
  }

  /** Those for which the predicate holds; the template tells everything but amount and allocation. */
  private select(predicate: (template: Resource, entry: Entry) => boolean): Resources {
    // Allocators ask this of each agent for each role, and are mostly answered all or nothing.
    let kept: Entry[] | undefined;
    for (const entry of this.#entries) if (predicate(entry.identity.template, entry)) (kept ??= []).push(entry);
    if (kept === undefined) return Resources.empty;
    return kept.length === this.#entries.length ? this : new Resources(kept);
  }

  /** Those for which the predicate holds. */
  filter(predicate: (resource: Resource) => boolean): Resources {
    return this.select((_template, entry) => messagesOf(entry).some((resource) => predicate(resource)));
  }

  named(name: string): Resources {
    return this.select((template) => template.name === name);
  }

  scalars(): Resources {
    return this.select((template) => template.type === 'SCALAR');
  }

  /** Those reserved for this role, or for any. */
  reserved(role?: string): Resources {
    return this.select((template) => {
      const owner = reservationRole(template);
      return owner !== undefined && (role === undefined || owner === role);
    });
  }

  unreserved(): Resources {
    return this.select((template) => reservationRole(template) === undefined);
  }

  /** Those a role may use: unreserved ones, and those reserved for the role or a role above it. */
  allocatableTo(role: string): Resources {
    return this.select((template) => {
      const owner = reservationRole(template);
      return owner === undefined || owner === role || isStrictSubroleOf(role, owner);
    });
  }

  /** The reserved ones, by the role they are reserved for. */
  reservations(): Map<string, Resources> {
    return this.groupBy((entry) => reservationRole(entry.identity.template));
  }

  /** The allocated ones, by the role they are allocated to. */
  allocations(): Map<string, Resources> {
    return this.groupBy((entry) => entry.role);
  }

  private groupBy(roleOf: (entry: Entry) => string | undefined): Map<string, Resources> {
    const groups = new Map<string, Entry[]>();
    for (const entry of this.#entries) {
      const role = roleOf(entry);
      if (role === undefined) continue;
      const group = groups.get(role);
      if (group === undefined) groups.set(role, [entry]);
      else group.push(entry);
    }
    return new Map([...groups].map(([role, entries]) => [role, new Resources(entries)]));
  }

  revocable(): Resources {
    return this.select((template) => template.revocable !== undefined);
  }

  nonRevocable(): Resources {
    return this.select((template) => template.revocable === undefined);
  }

  shared(): Resources {
    return this.select((template) => template.shared !== undefined);
  }

  nonShared(): Resources {
    return this.select((template) => template.shared === undefined);
  }

  /**
   * These, but no more than a bound of those scalars for which the predicate holds. What cannot be divided is there or not.
   * @param boundOf The bound by name, in thousandths, for all of the name together.
   */
  bounded(boundOf: (name: string) => number, isBound: (resource: Resource) => boolean): Resources {
    const left = new Map<string, number>();
    const entries: Entry[] = [];
    for (const entry of this.#entries) {
      const { template } = entry.identity;
      if (template.type !== 'SCALAR' || !isBound(template)) {
        entries.push(entry);
        continue;
      }
      const bound = left.get(template.name) ?? boundOf(template.name);
      const kept = atMost(entry, bound);
      if (kept === undefined) continue;
      entries.push(kept);
      left.set(template.name, bound - scalarMilli(kept));
    }
    const isWhole = entries.length === this.#entries.length && entries.every((entry, i) => entry === this.#entries[i]);
    return isWhole ? this : Resources.collect(entries);
  }

  persistentVolumes(): Resources {
    return this.select((template) => template.disk?.persistence !== undefined);
  }

  /** All of them, allocated to this role. */
  allocate(role: string): Resources {
    return this.withRole(role);
  }

  /** All of them, allocated to no role. */
  unallocate(): Resources {
    return this.withRole(undefined);
  }

  private withRole(role: string | undefined): Resources {
    const [first] = this.#entries;
    if (first === undefined) return this;
    const isUniform = this.#entries.every((entry) => entry.role === first.role);
    if (isUniform && first.role === role) return this;
    const entries = this.#entries.map((entry) => withRole(entry, role));
    // What differed in nothing but the allocation is the same now.
    return isUniform ? new Resources(entries) : Resources.merge(entries);
  }

  private withReservations(
    change: (reservations: readonly Resource_ReservationInfo[]) => Resource_ReservationInfo[],
  ): Resources {
    return Resources.merge(
      this.#entries.map((entry) => {
        const { reservations = [], ...rest } = entry.identity.template;
        const changed = change(reservations);
        return withIdentity(entry, identityOf(changed.length === 0 ? rest : { ...rest, reservations: changed }));
      }),
    );
  }

  /** All of them, with one more reservation that refines those they have. */
  pushReservation(reservation: Resource_ReservationInfo): Resources {
    return this.withReservations((reservations) => [...reservations, reservation]);
  }

  /** All of them, without their last reservation. */
  popReservation(): Resources {
    return this.withReservations((reservations) => reservations.slice(0, -1));
  }

  /** All of them, without any reservation. */
  toUnreserved(): Resources {
    return this.withReservations(() => []);
  }

  /**
   * As much of these as the targets ask for, or nothing if there is not as much. Of what is reserved for the role that a
   * target is reserved for most is taken first, then of what is unreserved, then of what is reserved for others. What is
   * found keeps its reservations; a target without an allocation takes any allocation, which is kept as well.
   */
  find(targets: Resources): Resources | undefined {
    const found = findEntries(this.#entries, targets.#entries);
    return found === undefined ? undefined : Resources.merge(found);
  }

  /**
   * As a flag of the command line: `cpus:1;mem(web):64`, or a JSON list where that cannot tell everything.
   * `parseResources` reads it back.
   */
  toFlag(): string {
    return formatFlag(this.toArray());
  }
}
