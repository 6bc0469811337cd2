/** Holds back what follows from writes until they are on the disk. Writes get there in the order of their tickets. */
export class Outbox {
  #issued = 0;
  #durable = 0;
  readonly #held: { readonly ticket: number; readonly release: () => void }[] = [];

  /** The ticket of a write that begins now. */
  issue(): number {
    return ++this.#issued;
  }

  get isDurable(): boolean {
    return this.#durable === this.#issued;
  }

  /** Calls back when all writes that have begun are on the disk, at once if they are; in the order of the calls. */
  whenDurable(release: () => void): void {
    if (this.isDurable && this.#held.length === 0) release();
    else this.#held.push({ ticket: this.#issued, release });
  }

  persisted(ticket: number): void {
    this.#durable = Math.max(this.#durable, ticket);
    let count = 0;
    while (count < this.#held.length && (this.#held[count]?.ticket ?? Infinity) <= this.#durable) count++;
    for (const { release } of this.#held.splice(0, count)) release();
  }
}
