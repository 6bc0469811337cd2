import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { finished } from 'node:stream/promises';
import { errorText } from '@mesos-ts/libprocess';
import type { Probe } from './probe.ts';

/** As curl, which Mesos has do this. */
const redirectsMax = 50;
/** Bytes; as curl. */
const headersMax = 300 * 1024;

const headers = { accept: '*/*', 'user-agent': 'mesos-executor' };

interface Answer {
  readonly statusCode: number;
  /** Where to ask instead. */
  readonly location: string | undefined;
}

/**
 * Asks with GET, and follows redirects; the result is the status code of the last answer. As with Mesos's `curl -L -k`, certificates are
 * not verified, and an answer counts when its whole body has come. What a server says in passable HTTP is understood.
 */
export function httpProbe(url: string): Probe {
  return async (signal) => {
    try {
      let target = new URL(url);
      for (let redirects = 0; redirects <= redirectsMax; redirects++) {
        const { location, statusCode } = await ask(target, signal);
        if (location === undefined) return { status: { type: 'HTTP', http: { status_code: statusCode } } };
        target = new URL(location, target);
      }
      return { failure: `Maximum (${redirectsMax}) redirects followed` };
    } catch (error) {
      return { failure: `Failed to ask ${url}: ${errorText(error)}` };
    }
  };
}

async function ask(url: URL, signal: AbortSignal): Promise<Answer> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`Protocol "${url.protocol}" not supported`);
  const options = { headers, signal, agent: false, insecureHTTPParser: true, maxHeaderSize: headersMax } as const;
  const answer = await new Promise<Answer>((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, rejectUnauthorized: false })
        : httpRequest(url, options);
    request.once('error', reject);
    request.once('response', (response) => {
      const { headers: told, statusCode = 0 } = response;
      const location = statusCode >= 300 && statusCode < 400 ? told.location : undefined;
      finished(response.resume()).then(() => {
        resolve({ statusCode, location });
      }, reject);
    });
    request.end();
  });
  return answer;
}
