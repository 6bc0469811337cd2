import { actorModule } from '../../src/threads/index.ts';
import type * as actors from './thread-actors.ts';

/** The actors of `thread-actors.ts`, for threads. */
export const threadActors = actorModule<typeof actors>(new URL('thread-actors.js', import.meta.url));

/** Memory that `Echo.block` waits on. */
export class Block {
  readonly memory = new SharedArrayBuffer(8);
  readonly #cells = new Int32Array(this.memory);

  /** Resolves when somebody is blocked. */
  async entered(): Promise<void> {
    while (Atomics.load(this.#cells, 1) === 0) await new Promise(setImmediate);
  }

  release(): void {
    Atomics.store(this.#cells, 0, 1);
    Atomics.notify(this.#cells, 0);
  }
}
