import { readFile } from 'node:fs/promises';
import { errorText } from '@mesos-ts/libprocess';
import { Agent, fetch } from 'undici';
import { CliError } from '../errors.ts';
import type { Dispatcher, Response } from 'undici';
import type { Variables } from '../io.ts';

/** How long an answer may take, in milliseconds. */
const timeoutMs = 10_000;

/** Asks HTTP servers of a cluster, all with TLS or all without. */
export class HttpClient {
  readonly #scheme: 'http' | 'https';
  readonly #dispatcher: Dispatcher;

  private constructor(scheme: 'http' | 'https', dispatcher: Dispatcher) {
    this.#scheme = scheme;
    this.#dispatcher = dispatcher;
  }

  /**
   * By the same variables as masters and agents: `LIBPROCESS_SSL_ENABLED`, `_CA_FILE` (without it, the CAs of Node.js, and those of
   * `NODE_EXTRA_CA_CERTS`), and `_CERT_FILE` with `_KEY_FILE` for servers that
   * want to know who asks. Certificates of servers are verified in any case. Throws `CLI_ENVIRONMENT_INVALID` for files that cannot be read.
   * @param isSecure Whether to use TLS where the environment does not ask for it.
   */
  static async of(env: Variables, isSecure: boolean): Promise<HttpClient> {
    const enabled = env['LIBPROCESS_SSL_ENABLED'] ?? 'false';
    if (!isSecure && enabled !== 'true' && enabled !== '1') return new HttpClient('http', new Agent());
    const ca = await file(env, 'LIBPROCESS_SSL_CA_FILE');
    const cert = await file(env, 'LIBPROCESS_SSL_CERT_FILE');
    const key = await file(env, 'LIBPROCESS_SSL_KEY_FILE');
    const connect = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    };
    return new HttpClient('https', new Agent({ connect }));
  }

  /** The URL of a path at `host:port`. */
  url(address: string, path: string): URL {
    return new URL(path, `${this.#scheme}://${address}`);
  }

  /** Gets a URL; redirects to a leading master are followed. Throws `CLI_UNREACHABLE`, or `CLI_ANSWER_UNEXPECTED` for an error status. */
  async get(url: URL): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), dispatcher: this.#dispatcher });
    } catch (error) {
      throw new CliError('CLI_UNREACHABLE', `Cannot reach ${url.origin}: ${reasonOf(error)}`, { cause: error });
    }
    if (response.ok) return response;
    const text = (await response.text()).trim();
    const code = response.status === 404 ? 'CLI_NOT_FOUND' : 'CLI_ANSWER_UNEXPECTED';
    const said = text === '' ? '' : `: ${text}`;
    throw new CliError(code, `${url.origin}${url.pathname} answered ${response.status}${said}`);
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
