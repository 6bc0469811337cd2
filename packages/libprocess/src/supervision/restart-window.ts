/** Counts restarts within a sliding time span. */
export class RestartWindow {
  readonly #restartsMax: number;
  readonly #withinMs: number;
  #restartsMs: number[] = [];

  constructor(restartsMax: number, withinMs: number) {
    this.#restartsMax = restartsMax;
    this.#withinMs = withinMs;
  }

  /** Whether one more restart is allowed at that time; if so, it counts. */
  admit(nowMs: number): boolean {
    if (this.#restartsMax === Infinity) return true;
    this.#restartsMs = this.#restartsMs.filter((restartMs) => nowMs - restartMs < this.#withinMs);
    if (this.#restartsMs.length >= this.#restartsMax) return false;
    this.#restartsMs.push(nowMs);
    return true;
  }
}
