/** A request as an {@link ApiFetch} gets it. */
export interface ApiRequest {
  readonly method: 'POST';
  /** Header fields by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Aborting it breaks the request off, or the body of its answer. */
  readonly signal: AbortSignal;
}

/** An answer whose header has arrived. */
export interface ApiAnswer {
  readonly status: number;
  /** Where it came from. */
  readonly url: string;
  /** A header field by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** The body as it arrives; whoever leaves it early gives it up. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Makes one request and follows no redirects, unless it cannot but follow them. Rejects when there is no answer. */
export type ApiFetch = (url: string, request: ApiRequest) => Promise<ApiAnswer>;

/** Makes requests with `fetch` as Node.js and browsers have it. */
export function webFetch(fetcher: typeof fetch = fetch): ApiFetch {
  return async (url, { body, headers, method, signal }) => {
    const request = { method, headers, signal, body: typeof body === 'string' ? body : Uint8Array.from(body) };
    const answer = await fetcher(url, { ...request, redirect: 'manual' });
    // A browser does not tell where to: it follows redirects by itself, or not at all.
    if (answer.type === 'opaqueredirect') return webAnswer(await fetcher(url, request), url);
    return webAnswer(answer, url);
  };
}

/** What is looked at of what a `fetch` answers: that of Node.js, of browsers and of undici fit. */
export interface WebAnswer {
  readonly status: number;
  /** Where the answer came from, after redirects that were followed. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly body: { getReader(): WebReader } | null;
}

/** Reads a body piece by piece. */
export interface WebReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/**
 * What a `fetch` has answered, as an {@link ApiFetch} tells it.
 * @param url What was asked, for answers that do not say where they came from.
 */
export function webAnswer(answer: WebAnswer, url: string): ApiAnswer {
  return {
    status: answer.status,
    url: answer.url === '' ? url : answer.url,
    header: (name) => answer.headers.get(name) ?? undefined,
    body: { [Symbol.asyncIterator]: () => chunksOf(answer.body) },
  };
}

/** Not every browser can iterate over a stream. */
async function* chunksOf(body: WebAnswer['body']): AsyncGenerator<Uint8Array, void, undefined> {
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
