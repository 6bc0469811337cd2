import { once } from 'node:events';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';

// `postMessage` with nothing around it. This file is also the worker's.

interface RawMessage {
  readonly name: 'count' | 'echo' | 'item';
  readonly body: unknown;
}

/** One `postMessage` for each message, to a thread that only counts or echoes. */
export class RawThread {
  readonly #worker = new Worker(new URL(import.meta.url));

  async stream(count: number, window: number, body: unknown): Promise<number> {
    const ask = async (): Promise<void> => {
      this.#post('count', undefined);
      await once(this.#worker, 'message');
    };
    for (let sent = 0; sent < count; sent += window) {
      for (let index = 0; index < window; index++) this.#post('item', body);
      await ask();
    }
    return count;
  }

  pingPong(count: number, outstanding: number, body: unknown): Promise<number> {
    let left = count;
    let awaited = 0;
    const ask = (): void => {
      left--;
      awaited++;
      this.#post('echo', body);
    };
    return new Promise((resolve) => {
      const heard = (): void => {
        awaited--;
        if (left > 0) ask();
        else if (awaited === 0) {
          this.#worker.off('message', heard);
          resolve(count);
        }
      };
      this.#worker.on('message', heard);
      for (let index = 0; index < outstanding; index++) ask();
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(name: RawMessage['name'], body: unknown): void {
    this.#worker.postMessage({ name, body } satisfies RawMessage, []);
  }
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  let got = 0;
  port.on('message', ({ name, body }: RawMessage) => {
    if (name === 'item') got++;
    else port.postMessage(name === 'count' ? got : body, []);
  });
}
