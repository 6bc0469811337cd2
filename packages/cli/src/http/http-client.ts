import { readFile } from 'node:fs/promises';
import { errorText } from '@mesos-ts/libprocess';
import { OperatorClient } from '@mesos-ts/operator';
import { Agent, fetch } from 'undici';
import { CliError } from '../errors.ts';
import type { Credentials, Fetch } from '@mesos-ts/operator';
import type { Dispatcher, Response } from 'undici';
import type { Variables } from '../io.ts';

/** How long an answer may take, in milliseconds. */
const timeoutMs = 10_000;

/** How often a request is sent on. */
const redirectsMax = 9;

/** How often to ask again while no master leads. People wait. */
const retriesMax = 3;

/** Asks HTTP servers of a cluster, all with TLS or all without. */
export class HttpClient {
  readonly #scheme: 'http' | 'https';
  readonly #dispatcher: Dispatcher;
  readonly #credentials: Credentials | undefined;

  private constructor(scheme: 'http' | 'https', dispatcher: Dispatcher, credentials: Credentials | undefined) {
    this.#scheme = scheme;
    this.#dispatcher = dispatcher;
    this.#credentials = credentials;
  }

  /**
   * By the same variables as masters and agents: `LIBPROCESS_SSL_ENABLED`, `_CA_FILE` (without it, the CAs of Node.js, and those of
   * `NODE_EXTRA_CA_CERTS`), and `_CERT_FILE` with `_KEY_FILE` for servers that
   * want to know who asks. Certificates of servers are verified in any case. Throws `CLI_ENVIRONMENT_INVALID` for files that cannot be read.
   * @param isSecure Whether to use TLS where the environment does not ask for it.
   * @param credentials Who asks, if servers are to know.
   */
  static async of(env: Variables, isSecure: boolean, credentials?: Credentials): Promise<HttpClient> {
    const enabled = env['LIBPROCESS_SSL_ENABLED'] ?? 'false';
    if (!isSecure && enabled !== 'true' && enabled !== '1') {
      return new HttpClient('http', new Agent(), credentials);
    }
    const ca = await file(env, 'LIBPROCESS_SSL_CA_FILE');
    const cert = await file(env, 'LIBPROCESS_SSL_CERT_FILE');
    const key = await file(env, 'LIBPROCESS_SSL_KEY_FILE');
    const connect = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    };
    return new HttpClient('https', new Agent({ connect }), credentials);
  }

  /** The URL of a path at `host:port`. */
  url(address: string, path: string): URL {
    return new URL(path, `${this.#scheme}://${address}`);
  }

  /** Gets a URL; redirects to a leading master are followed. Throws `CLI_UNREACHABLE`, or `CLI_ANSWER_UNEXPECTED` for an error status. */
  async get(url: URL): Promise<Response> {
    let target = url;
    let response = await this.#get(target);
    // Not left to fetch, which does not tell the leader who asks.
    for (let redirects = 0; response.status === 307 && redirects < redirectsMax; redirects++) {
      await response.body?.cancel();
      target = redirectTarget(target, response);
      response = await this.#get(target);
    }
    if (response.ok) return response;
    const text = (await response.text()).trim();
    const code = response.status === 404 ? 'CLI_NOT_FOUND' : 'CLI_ANSWER_UNEXPECTED';
    const said = text === '' ? '' : `: ${text}`;
    throw new CliError(code, `${url.origin}${url.pathname} answered ${response.status}${said}`);
  }

  /** A client of the operator API at `host:port`. */
  operator(address: string): OperatorClient {
    const ask: Fetch = (url, init) => fetch(url, { ...init, dispatcher: this.#dispatcher });
    return new OperatorClient({
      url: this.url(address, '/').href,
      fetch: ask,
      retries: retriesMax,
      ...(this.#credentials === undefined ? {} : { credentials: this.#credentials }),
    });
  }

  async #get(url: URL): Promise<Response> {
    const { principal, secret } = this.#credentials ?? {};
    const basic = Buffer.from(`${principal}:${secret}`).toString('base64');
    const headers = principal === undefined ? {} : { authorization: `Basic ${basic}` };
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await fetch(url, { dispatcher: this.#dispatcher, headers, redirect: 'manual', signal });
    } catch (error) {
      throw new CliError('CLI_UNREACHABLE', `Cannot reach ${url.origin}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Gets JSON. Throws as `get` does, and `CLI_ANSWER_UNEXPECTED` for anything else than JSON. */
  async getJson(url: URL): Promise<unknown> {
    const response = await this.get(url);
    try {
      return await response.json();
    } catch (error) {
      throw new CliError('CLI_ANSWER_UNEXPECTED', `${url.origin}${url.pathname} did not answer with JSON`, {
        cause: error,
      });
    }
  }
}

function redirectTarget(from: URL, response: Response): URL {
  const location = response.headers.get('location') ?? '';
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  // Whoever asks over TLS is not to say the same in the clear.
  if (target?.protocol === from.protocol) return target;
  throw new CliError('CLI_ANSWER_UNEXPECTED', `${from.origin} redirects to '${location}'`);
}

async function file(env: Variables, name: string): Promise<Buffer | undefined> {
  const path = env[name] ?? '';
  if (path === '') return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new CliError('CLI_ENVIRONMENT_INVALID', `${name}: ${errorText(error)}`, { cause: error });
  }
}

/** What `fetch` throws says little; its cause says why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ECONNREFUSED') return 'connection refused';
  return errorText(cause) === '' ? code : errorText(cause);
}
