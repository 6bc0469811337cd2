/** What its holder has of something shared, until it gives it back: at the end of a block with `using`, or by `release`. */
export interface Lock extends Disposable {
  /** Gives it back. The first call counts; others do nothing. */
  release(): void;
}

/** A lock that calls back when it is released for the first time. */
export class HeldLock implements Lock {
  #release: (() => void) | undefined;

  constructor(release: () => void) {
    this.#release = release;
  }

  release(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
