import type { ResourceQuantities } from '@mesos-ts/protocol';

/** A sum of scalar resources by name, in thousandths, that changes in place: what sorters weigh shares with. */
export class Totals {
  readonly #amounts = new Map<string, number>();
  #version = 0;

  /** Grows with every change, so that whoever derived something from the sums can tell whether it still holds. */
  get version(): number {
    return this.#version;
  }

  add(quantities: ResourceQuantities): void {
    this.#change(quantities, 1);
  }

  subtract(quantities: ResourceQuantities): void {
    this.#change(quantities, -1);
  }

  /** The sum of one resource in thousandths, 0 when there is none. */
  milli(name: string): number {
    return this.#amounts.get(name) ?? 0;
  }

  isEmpty(): boolean {
    return this.#amounts.size === 0;
  }

  entries(): IterableIterator<[string, number]> {
    return this.#amounts.entries();
  }

  /** Adds to the sum of one resource, in thousandths. */
  addMilli(name: string, milli: number): void {
    this.#version++;
    const amount = this.milli(name) + milli;
    if (amount === 0) this.#amounts.delete(name);
    else this.#amounts.set(name, amount);
  }

  #change(quantities: ResourceQuantities, sign: 1 | -1): void {
    for (const [name, milli] of quantities.entries()) this.addMilli(name, sign * milli);
  }
}
