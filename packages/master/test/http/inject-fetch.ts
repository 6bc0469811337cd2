import type { ApiFetch } from '@mesos-ts/http-api';
import type { Runtime } from '@mesos-ts/libprocess';

/** Makes requests to a runtime without a socket; aborting one leaves its stream as a broken connection does. */
export function injectFetch(runtime: Runtime): ApiFetch {
  return async (url, { body, headers, method, signal }) => {
    const answer = await runtime.injectStream({ method, url: new URL(url).pathname, headers: { ...headers }, body });
    const fields = Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
    const { body: content = '' } = answer;
    return {
      status: answer.status,
      url,
      header: (name) => new Map(fields).get(name),
      body: isStream(content) ? until(signal, content) : once(content),
    };
  };
}

function isStream<T>(content: AsyncIterable<T> | string | Uint8Array): content is AsyncIterable<T> {
  return typeof content === 'object' && Symbol.asyncIterator in content;
}

async function* once(content: string | Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield Buffer.from(content);
}

async function* until(
  signal: AbortSignal,
  body: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const iterator = body[Symbol.asyncIterator]();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      void iterator.return?.();
      reject(new Error('aborted'));
    });
  });
  aborted.catch(() => undefined);
  for (;;) {
    const { done, value } = await Promise.race([iterator.next(), aborted]);
    if (done === true) return;
    yield Buffer.from(value);
  }
}
