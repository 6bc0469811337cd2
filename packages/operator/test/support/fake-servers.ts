import type { Fetch, FetchAnswer, FetchInit } from '../../src/index.ts';

/** What a server answers. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole body, or its pieces; a stream has an end when its iterator has one. */
  readonly body?: string | AsyncIterable<string>;
  readonly type?: string;
  readonly url?: string;
}

/** A request that was made. */
export interface Asked {
  readonly url: string;
  readonly init: FetchInit;
}

/** Servers by origin, behind a `fetch` without sockets. One that is unknown refuses connections. */
export class FakeServers {
  readonly asked: Asked[] = [];
  readonly #servers = new Map<string, (asked: Asked) => Scripted | Promise<Scripted>>();

  /** Puts a server there, or another in its place. */
  serve(origin: string, answer: (asked: Asked) => Scripted | Promise<Scripted>): void {
    this.#servers.set(origin, answer);
  }

  /** Takes a server away. */
  remove(origin: string): void {
    this.#servers.delete(origin);
  }

  /** Where requests went to, in order. */
  get origins(): string[] {
    return this.asked.map(({ url }) => new URL(url).origin);
  }

  readonly fetch: Fetch = async (url, init) => {
    this.asked.push({ url, init });
    const server = this.#servers.get(new URL(url).origin);
    if (server === undefined) {
      const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      throw new TypeError('fetch failed', { cause });
    }
    return answerOf(await until(server({ url, init }), init.signal), init.signal);
  };
}

/** An event as it comes in a stream. */
export function record(event: unknown): string {
  const text = JSON.stringify(event);
  return `${Buffer.byteLength(text)}\n${text}`;
}

/** SUBSCRIBED with nothing in the cluster. */
export const subscribed = record({
  type: 'SUBSCRIBED',
  subscribed: { heartbeat_interval_seconds: 15, get_state: { get_agents: { agents: [] } } },
});

/** A body that tells what it is given, piece by piece, and is open until it is told to end. */
export class OpenBody implements AsyncIterable<string> {
  readonly #pieces: string[] = [];
  #wake: (() => void) | undefined;
  #hasEnded = false;

  constructor(...pieces: readonly string[]) {
    this.#pieces.push(...pieces);
  }

  push(piece: string): void {
    this.#pieces.push(piece);
    this.#wake?.();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) yield piece;
      else if (this.#hasEnded) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

function answerOf(scripted: Scripted, signal: AbortSignal): FetchAnswer {
  const { body = '', headers = {}, status = 200, type = 'basic', url = '' } = scripted;
  const pieces = typeof body === 'string' ? undefined : body[Symbol.asyncIterator]();
  let isRead = false;
  const next = async (): Promise<{ done: boolean; value?: Uint8Array }> => {
    if (pieces !== undefined) {
      const { done, value } = await until(pieces.next(), signal);
      return done === true ? { done: true } : { done: false, value: Buffer.from(value) };
    }
    if (isRead) return { done: true };
    isRead = true;
    return { done: false, value: Buffer.from(body as string) };
  };
  return {
    status,
    type,
    url,
    headers: { get: (name) => headers[name] ?? (name === 'content-type' ? 'application/json' : null) },
    body: { getReader: () => ({ read: next, cancel: () => Promise.resolve() }) },
  };
}

/** As `fetch` and its bodies do: what is under way rejects with the signal's reason. */
async function until<T>(result: T | Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
    // What comes too late interests nobody.
    aborted.catch(() => undefined);
  }
}
