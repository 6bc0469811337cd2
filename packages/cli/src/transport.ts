import { readFile } from 'node:fs/promises';
import { errorText } from '@mesos-ts/libprocess';
import { Agent, fetch } from 'undici';
import { CliError } from './errors.ts';
import type { Fetch } from '@mesos-ts/operator';
import type { Variables } from './io.ts';

/** How servers of a cluster are asked: all with TLS, or all without. */
export interface Transport {
  readonly scheme: 'http' | 'https';
  readonly fetch: Fetch;
}

/**
 * By the same variables as masters and agents: `LIBPROCESS_SSL_ENABLED`, `_CA_FILE` (without it, the CAs of Node.js, and those of
 * `NODE_EXTRA_CA_CERTS`), and `_CERT_FILE` with `_KEY_FILE` for servers that want to know who asks. Certificates of servers are
 * verified in any case. Throws `CLI_ENVIRONMENT_INVALID` for files that cannot be read.
 * @param isSecure Whether to use TLS where the environment does not ask for it.
 */
export async function transportOf(env: Variables, isSecure: boolean): Promise<Transport> {
  const tls = await tlsOf(env, isSecure);
  return tls === undefined ? over('http', new Agent()) : over('https', new Agent({ connect: tls }));
}

/** What TLS is spoken with, if it is. */
export interface TlsParts {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** The same, for others than `fetch`; undefined without TLS. Throws `CLI_ENVIRONMENT_INVALID` for files that cannot be read. */
export async function tlsOf(env: Variables, isSecure: boolean): Promise<TlsParts | undefined> {
  const enabled = env['LIBPROCESS_SSL_ENABLED'] ?? 'false';
  if (!isSecure && enabled !== 'true' && enabled !== '1') return undefined;
  const ca = await file(env, 'LIBPROCESS_SSL_CA_FILE');
  const cert = await file(env, 'LIBPROCESS_SSL_CERT_FILE');
  const key = await file(env, 'LIBPROCESS_SSL_KEY_FILE');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

function over(scheme: Transport['scheme'], dispatcher: Agent): Transport {
  return { scheme, fetch: (url, init) => fetch(url, { ...init, dispatcher }) };
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
