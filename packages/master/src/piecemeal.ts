// How long a turn goes on. As long as an actor's own: so what comes in is not put off by what has come, nor the other way round.
const turnMs = 2;

/**
 * Work that comes in crowds, such as what follows from a write of the registry for each of a thousand agents. It is done in order, a few
 * pieces in each turn of an actor, so that whatever else arrives there does not wait for all of it.
 */
export class Piecemeal {
  readonly #turn: (work: () => void) => void;
  readonly #nowMs: () => number;
  #pieces: ((() => void) | undefined)[] = [];
  #next = 0;

  /**
   * @param turn Has work done in a turn of its own, behind what waits already.
   * @param nowMs A clock that never goes back, in milliseconds.
   */
  constructor(turn: (work: () => void) => void, nowMs: () => number) {
    this.#turn = turn;
    this.#nowMs = nowMs;
  }

  add(piece: () => void): void {
    this.#pieces.push(piece);
    if (this.#pieces.length === 1) this.#turn(this.#goOn);
  }

  readonly #goOn = (): void => {
    const endMs = this.#nowMs() + turnMs;
    do {
      const piece = this.#pieces[this.#next];
      // What it holds is not needed until all are done.
      this.#pieces[this.#next++] = undefined;
      piece?.();
    } while (this.#next < this.#pieces.length && this.#nowMs() < endMs);
    if (this.#next < this.#pieces.length) {
      this.#turn(this.#goOn);
    } else {
      this.#pieces = [];
      this.#next = 0;
    }
  };
}
