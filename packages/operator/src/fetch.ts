import { unreachable } from './errors.ts';
import type { ApiAnswer, ApiFetch } from '@mesos-ts/http-api';

// The part of `fetch` that is used here: that of Node.js, of browsers and of undici fit, and tests bring their own.

/** How a request is made. */
export interface FetchInit {
  readonly method: 'POST';
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly redirect: 'follow' | 'manual';
  readonly signal: AbortSignal;
}

/** Reads a body piece by piece. */
export interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** What is looked at of an answer. */
export interface FetchAnswer {
  readonly status: number;
  /** `opaqueredirect` in browsers, which do not show where a redirect leads. */
  readonly type: string;
  /** Where the answer came from, after redirects that were followed. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly body: { getReader(): BodyReader } | null;
}

/** Makes requests as `globalThis.fetch` does. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/**
 * Makes the requests of an `ApiClient`. Where a browser hides redirects it is left to follow them; since it does not pass credentials on,
 * the server that it came to is then asked itself. The standbys that redirect have done nothing of what was asked.
 * @param onAnswer Hears where each answer came from.
 */
export function apiFetch(fetch: Fetch, onAnswer: (url: string, status: number) => void): ApiFetch {
  return async (url, { body, headers, method, signal }) => {
    const ask = async (target: string, redirect: FetchInit['redirect']): Promise<FetchAnswer> => {
      try {
        return await fetch(target, { method, headers: { ...headers }, body: textOf(body), redirect, signal });
      } catch (error) {
        throw signal.aborted ? error : unreachable(target, error);
      }
    };
    let answer = await ask(url, 'manual');
    if (answer.type === 'opaqueredirect') {
      answer = await ask(url, 'follow');
      const { url: target } = answer;
      const isStripped = answer.status === 401 && headers['authorization'] !== undefined;
      if (isStripped && target !== '' && target !== url) answer = await ask(target, 'manual');
    }
    const source = answer.url === '' ? url : answer.url;
    onAnswer(source, answer.status);
    return {
      status: answer.status,
      url: source,
      header: (name) => answer.headers.get(name) ?? undefined,
      body: { [Symbol.asyncIterator]: () => chunksOf(answer.body) },
    } satisfies ApiAnswer;
  };
}

function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}

/** Not every browser can iterate over a stream. */
async function* chunksOf(body: FetchAnswer['body']): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value !== undefined) yield value;
    }
  } finally {
    // Of a body that has failed, or was read to its end, nothing is left to give up.
    await reader.cancel().catch(() => undefined);
  }
}
