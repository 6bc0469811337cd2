import { unreachable } from './errors.ts';
import { webAnswer, type ApiFetch, type WebAnswer } from '@mesos-ts/http-api';

// The part of `fetch` that is used here: that of Node.js, of browsers and of undici fit, and tests bring their own.

/** How a request is made. */
export interface FetchInit {
  readonly method: 'POST';
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly redirect: 'follow' | 'manual';
  readonly signal: AbortSignal;
}

/** What is looked at of an answer. */
export interface FetchAnswer extends WebAnswer {
  /** `opaqueredirect` in browsers, which do not show where a redirect leads. */
  readonly type: string;
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
    const told = webAnswer(answer, url);
    onAnswer(told.url, told.status);
    return told;
  };
}

function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}
