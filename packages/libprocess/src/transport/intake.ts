import { nextTurn } from '../actor/turn.ts';

/** Somebody whose frames wait for their turn. */
export interface Inlet {
  /** Handles the frame that has waited longest, and answers whether there are more. */
  next(): boolean;
}

// Time for frames between two turns of everybody else, in milliseconds. Node.js reads a socket up to 2 MB at a time, which are 20,000
// messages, and each socket in turn; beside that actors, which have 2 ms in between, would not get anywhere.
const turnMs = 0.5;
// Time from which it is noted, in milliseconds: a frame now and then is not worth a timer.
const notableMs = 0.1;

/**
 * Shares the thread between the frames that arrive, of all connections, and everything else: as long as frames have had their time, those
 * that arrive wait, and their connections are to read no further.
 */
export class Intake {
  readonly #nowMs: () => number;
  #waiting: Inlet[] = [];
  #spentMs = 0;
  #noted = false;

  /** @param nowMs A clock that never goes back, in milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether there is time for a frame. */
  get isOpen(): boolean {
    return this.#spentMs < turnMs;
  }

  /** Handles a frame, for which there is time. */
  handle(frame: Uint8Array, handlers: { frame(frame: Uint8Array): void }): void {
    const startMs = this.#nowMs();
    try {
      handlers.frame(frame);
    } finally {
      this.#spentMs += this.#nowMs() - startMs;
      if (this.#spentMs > notableMs) this.#note();
    }
  }

  /** Asks somebody for frames when there is time again. */
  wait(inlet: Inlet): void {
    this.#waiting.push(inlet);
    this.#note();
  }

  #note(): void {
    if (this.#noted) return;
    this.#noted = true;
    nextTurn(this.#turn);
  }

  readonly #turn = (): void => {
    this.#noted = false;
    this.#spentMs = 0;
    // In turn, a frame each, so that nobody waits for another's flood.
    let round = this.#waiting;
    this.#waiting = [];
    while (round.length > 0 && this.isOpen) {
      const more: Inlet[] = [];
      let index = 0;
      while (index < round.length && this.isOpen) {
        const inlet = round[index++];
        if (inlet?.next() === true) more.push(inlet);
      }
      round = [...round.slice(index), ...more];
    }
    if (round.length > 0) {
      this.#waiting = [...round, ...this.#waiting];
      this.#note();
    }
  };
}
