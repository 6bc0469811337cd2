/** Makes actors' names: `prefix(1)`, `prefix(2)` and so on, as libprocess's `ID::generate` does. */
export class Names {
  readonly #numbers = new Map<string, number>();
  readonly #isTaken: (id: string) => boolean;
  readonly #mark: string;

  /** @param mark Stands before each number. */
  constructor(isTaken: (id: string) => boolean, mark: string) {
    this.#isTaken = isTaken;
    this.#mark = mark;
  }

  /** A name that no actor has now and none was given here before. */
  generate(prefix: string): string {
    let number = this.#numbers.get(prefix) ?? 0;
    let id: string;
    do id = `${prefix}(${this.#mark}${++number})`;
    while (this.#isTaken(id));
    this.#numbers.set(prefix, number);
    return id;
  }
}
