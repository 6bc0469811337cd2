// Amounts by name alone: what quotas, shares and limits are reckoned in.
import { fromMilli, toMilli } from './amounts.ts';

const byCode = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/**
 * Amounts by resource name, as integers of thousandths. Immutable; a name that is not there has the amount 0, and amounts
 * of 0 are not kept. Sums of operands with the same names, the common case, need no look-up by name.
 */
export class ResourceQuantities {
  static readonly empty = new ResourceQuantities([], []);

  readonly #names: readonly string[];
  readonly #amounts: readonly number[];

  private constructor(names: readonly string[], amounts: readonly number[]) {
    this.#names = names;
    this.#amounts = amounts;
  }

  /** The quantities of names and thousandths; a name that comes again is added, amounts of 0 and below are left out. */
  static of(entries: Iterable<readonly [name: string, milli: number]>): ResourceQuantities {
    const sums = new Map<string, number>();
    for (const [name, milli] of entries) if (milli > 0) sums.set(name, (sums.get(name) ?? 0) + milli);
    const sorted = [...sums].toSorted(([a], [b]) => byCode(a, b));
    return new ResourceQuantities(
      sorted.map(([name]) => name),
      sorted.map(([, milli]) => milli),
    );
  }

  /** The quantities of names and units, as `{ cpus: 0.5 }`. */
  static fromScalars(units: Readonly<Record<string, number>>): ResourceQuantities {
    return ResourceQuantities.of(Object.entries(units).map(([name, amount]) => [name, toMilli(amount)] as const));
  }

  /** The amount in thousandths. */
  milli(name: string): number {
    return this.#amounts[this.#names.indexOf(name)] ?? 0;
  }

  /** The amount in units. */
  get(name: string): number {
    return fromMilli(this.milli(name));
  }

  isEmpty(): boolean {
    return this.#names.length === 0;
  }

  /** The names that have an amount, sorted. */
  names(): readonly string[] {
    return this.#names;
  }

  /** Names and thousandths, sorted by name. */
  *entries(): IterableIterator<[name: string, milli: number]> {
    for (const [i, name] of this.#names.entries()) yield [name, this.#amounts[i] ?? 0];
  }

  add(that: ResourceQuantities): ResourceQuantities {
    if (that.#names.length === 0) return this;
    if (this.#names.length === 0) return that;
    if (this.hasSameNames(that)) {
      return new ResourceQuantities(
        this.#names,
        this.#amounts.map((milli, i) => milli + (that.#amounts[i] ?? 0)),
      );
    }
    return ResourceQuantities.of([...this.entries(), ...that.entries()]);
  }

  /** What is left when as much as there is of the other side is taken away; never below 0. */
  subtract(that: ResourceQuantities): ResourceQuantities {
    if (that.#names.length === 0 || this.#names.length === 0) return this;
    const names: string[] = [];
    const amounts: number[] = [];
    for (const [i, name] of this.#names.entries()) {
      const rest = (this.#amounts[i] ?? 0) - (that.#names[i] === name ? (that.#amounts[i] ?? 0) : that.milli(name));
      if (rest <= 0) continue;
      names.push(name);
      amounts.push(rest);
    }
    return new ResourceQuantities(names.length === this.#names.length ? this.#names : names, amounts);
  }

  /** Whether there is at least as much of everything as the other side has. */
  contains(that: ResourceQuantities): boolean {
    return that.#names.every((name, i) => this.milli(name) >= (that.#amounts[i] ?? 0));
  }

  equals(that: ResourceQuantities): boolean {
    return this.hasSameNames(that) && this.#amounts.every((milli, i) => milli === that.#amounts[i]);
  }

  private hasSameNames(that: ResourceQuantities): boolean {
    if (this.#names === that.#names) return true;
    return this.#names.length === that.#names.length && this.#names.every((name, i) => name === that.#names[i]);
  }

  /** Units by name. */
  toObject(): Record<string, number> {
    return Object.fromEntries([...this.entries()].map(([name, milli]) => [name, fromMilli(milli)]));
  }

  /** As Mesos prints it: `cpus:1; mem:64`, or `{}`. */
  toString(): string {
    if (this.isEmpty()) return '{}';
    return [...this.entries()].map(([name, milli]) => `${name}:${fromMilli(milli)}`).join('; ');
  }
}
