import type { Logger } from '../../src/index.ts';

/** Keeps what is logged, and resolves when a line that is waited for is there. */
export class Log implements Logger {
  readonly lines: string[] = [];
  #waiting: (() => void)[] = [];
  debug(): void {}
  info(message: string): void {
    this.#add(message);
  }
  warn(message: string): void {
    this.#add(message);
  }
  error(message: string): void {
    this.#add(message);
  }
  /** The first line that fits. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
  #add(line: string): void {
    this.lines.push(line);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
