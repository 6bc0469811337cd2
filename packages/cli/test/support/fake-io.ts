import { EventEmitter } from 'node:events';
import type { Io } from '../../src/index.ts';

/** Surroundings that keep what is written, and whose signals the test sends. */
export class FakeIo implements Io {
  out = '';
  err = '';
  readonly #signals = new EventEmitter();
  readonly #changes = new EventEmitter();

  stdout(text: string): void {
    this.out += text;
    this.#changes.emit('change');
  }

  stderr(text: string): void {
    this.err += text;
    this.#changes.emit('change');
  }

  async pipe(chunks: AsyncIterable<Uint8Array | string>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of chunks) {
      this.stdout(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    }
  }

  readers(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  onSignal(signal: NodeJS.Signals, callback: () => void): () => void {
    this.#signals.on(signal, callback);
    return () => {
      this.#signals.off(signal, callback);
    };
  }

  signal(signal: NodeJS.Signals): void {
    this.#signals.emit(signal);
  }

  /** Resolves when what was written matches. */
  async written(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.out + this.err)) {
      await new Promise<void>((resolve) => {
        this.#changes.once('change', resolve);
      });
    }
  }
}
