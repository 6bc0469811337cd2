import { SystemClock, SystemRandom } from '@mesos-ts/libprocess/browser';
import type { ApiIdentity } from '@mesos-ts/http-api';
import type { Clock, Random } from '@mesos-ts/libprocess/browser';
import { OperatorError } from './errors.ts';
import type { Fetch } from './fetch.ts';

/** Who calls: a principal of the cluster and its secret. */
export interface Credentials {
  readonly principal: string;
  readonly secret: string;
}

/** How a server is called, whichever it is. */
export interface CallerOptions {
  /** Proves who calls, by HTTP basic authentication. */
  readonly credentials?: Credentials;
  /** Proves who calls, as a bearer token (JWT). */
  readonly token?: string;
  /** @default globalThis.fetch */
  readonly fetch?: Fetch;
  /** How long an answer, or the beginning of an event stream, may take, in milliseconds. @default 60_000 */
  readonly timeoutMs?: number;
  /** How often to ask again, with growing waits, while no master leads or it is not ready (503). @default 5 */
  readonly retries?: number;
  /** @default 512 MiB: the longest event, which is the snapshot of a whole cluster */
  readonly eventBytesMax?: number;
  /** @default the machine's */
  readonly clock?: Clock;
  /** @default unpredictable */
  readonly random?: Random;
}

/** Options of `OperatorClient`: `url`, or `urls` where there are several masters. */
export interface OperatorClientOptions extends CallerOptions {
  /** Where a master is: `http://host:5050`, with a path where a proxy needs one. */
  readonly url?: string;
  /** Where masters are; any of them leads to the one that leads. */
  readonly urls?: readonly string[];
}

/** Options that were checked. */
export interface Resolved {
  readonly fetch: Fetch;
  /** Who calls. The secret is in here: never to be logged. */
  readonly identity: ApiIdentity;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly eventBytesMax: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Checks what is the same for masters and agents. Throws `OPERATOR_OPTIONS_INVALID`. */
export function resolve(options: CallerOptions): Resolved {
  const { credentials, eventBytesMax = 512 * 1024 * 1024, retries = 5, timeoutMs = 60_000, token } = options;
  if (credentials !== undefined && token !== undefined) invalid('Expecting either credentials or a token, not both');
  if (credentials?.principal.includes(':') === true) invalid("A principal with ':' cannot be told by HTTP");
  if (!(timeoutMs > 0)) invalid(`Expecting a positive timeoutMs, not ${timeoutMs}`);
  if (!Number.isInteger(retries) || retries < 0) invalid(`Expecting retries to be 0 or more, not ${retries}`);
  return {
    // Browsers refuse a fetch that is called as the method of something else.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    identity: { credential: credentials, token },
    timeoutMs,
    retries,
    eventBytesMax,
    clock: options.clock ?? new SystemClock(),
    random: options.random ?? new SystemRandom(),
  };
}

/** The address of a server, which is to hold no secret. Throws `OPERATOR_OPTIONS_INVALID`. */
export function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return invalid(`Expecting http://HOST:PORT or https://HOST:PORT, not '${withoutSecrets(text)}'`);
  }
  if (url.username !== '' || url.password !== '') return invalid('Expecting credentials as an option, not in the URL');
  return text;
}

function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//...@');
}

/** @throws {@link OperatorError} `OPERATOR_OPTIONS_INVALID` */
export function invalid(reason: string): never {
  throw new OperatorError('OPERATOR_OPTIONS_INVALID', reason);
}
