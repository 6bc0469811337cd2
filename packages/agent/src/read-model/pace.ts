import type { SectionWriter } from '@mesos-ts/daemon/listing';

// A millisecond's worth or so, after which others may have their turn.
const madePerTurn = 50;
const seenPerTurn = 1000;

/** Says when others may have their turn: after so many new texts, or so many that were compared with those of before. */
export class Pace {
  readonly #writer: SectionWriter;
  #seen = 0;

  constructor(writer: SectionWriter) {
    this.#writer = writer;
  }

  /** To be called for each piece. */
  isTurnOver(): boolean {
    this.#seen++;
    if (this.#writer.made < madePerTurn && this.#seen < seenPerTurn) return false;
    this.#writer.made = 0;
    this.#seen = 0;
    return true;
  }
}
