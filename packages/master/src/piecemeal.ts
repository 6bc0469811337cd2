// Pieces done in one turn: for agents with a hundred tasks each, a millisecond or two.
const piecesMax = 4;

/**
 * Work that comes in crowds, such as what follows from a write of the registry for each of a thousand agents. It is done in order, a few
 * pieces in each turn of an actor, so that whatever else arrives there does not wait for all of it.
 */
export class Piecemeal {
  readonly #turn: (work: () => void) => void;
  #pieces: ((() => void) | undefined)[] = [];
  #next = 0;

  /** @param turn Has work done in a turn of its own, behind what waits already. */
  constructor(turn: (work: () => void) => void) {
    this.#turn = turn;
  }

  add(piece: () => void): void {
    this.#pieces.push(piece);
    if (this.#pieces.length === 1) this.#turn(this.#goOn);
  }

  readonly #goOn = (): void => {
    const end = Math.min(this.#next + piecesMax, this.#pieces.length);
    while (this.#next < end) {
      const piece = this.#pieces[this.#next];
      // What it holds is not needed until all are done.
      this.#pieces[this.#next++] = undefined;
      piece?.();
    }
    if (this.#next < this.#pieces.length) {
      this.#turn(this.#goOn);
    } else {
      this.#pieces = [];
      this.#next = 0;
    }
  };
}
