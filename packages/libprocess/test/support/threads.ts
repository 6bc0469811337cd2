import { ProcessError } from '../../src/index.ts';
import { actorModule } from '../../src/threads/index.ts';
import type * as actors from './thread-actors.ts';

/** The actors of `thread-actors.ts`, for threads. */
export const threadActors = actorModule<typeof actors>(new URL('thread-actors.js', import.meta.url));

/** The code of the error that a promise rejects with. */
export async function code(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof ProcessError ? error.code : error),
  );
}

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
