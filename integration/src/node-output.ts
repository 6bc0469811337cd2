import { EventEmitter, once } from 'node:events';

/** More output than a test can use; what is older is dropped. */
const keptCharacters = 4 * 1024 * 1024;

/** What a container printed so far, with a way to wait for more. */
export class NodeOutput {
  readonly #events = new EventEmitter().setMaxListeners(0);
  #text = '';
  #isEnded = false;

  /** The output, both streams as they came. */
  get text(): string {
    return this.#text;
  }

  append(text: string): void {
    this.#text = (this.#text + text).slice(-keptCharacters);
    this.#events.emit('change');
  }

  /** Nothing more will come; `all` replaces what came, when the source knows better. */
  end(all = this.#text): void {
    this.#text = all.slice(-keptCharacters);
    this.#isEnded = true;
    this.#events.emit('change');
  }

  /**
   * Waits until the output matches.
   *
   * @throws when it does not within `timeoutMs`, or ends before.
   */
  async waitFor(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const timeout = new AbortController();
    // Unlike that of AbortSignal.timeout, this timer keeps the process alive: a stream of logs does not.
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    try {
      for (;;) {
        const match = pattern.exec(this.#text);
        if (match !== null) return match;
        if (this.#isEnded) throw new Error(`The output ended without anything like ${pattern}`);
        await once(this.#events, 'change', { signal: timeout.signal });
      }
    } catch (error) {
      if (!timeout.signal.aborted) throw error;
      throw new Error(`Nothing like ${pattern} was printed within ${timeoutMs} ms`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** The last lines, for the report of a failure. */
  tail(lines: number): string {
    return this.#text.trimEnd().split('\n').slice(-lines).join('\n');
  }
}
