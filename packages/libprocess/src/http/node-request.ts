import { deferred } from '../deferred.ts';
import { formatAddress } from '../remote/address.ts';
import { ProcessError } from '../errors.ts';
import { gunzip, withoutCoding } from './node-gzip.ts';
import { verifiedCertificate } from '../tls/peer-certificate.ts';
import type { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TransportRequest } from './message.ts';

/** Why a request is refused, and with which status. */
export interface FramingProblem {
  readonly status: number;
  readonly reason: string;
}

/**
 * What is wrong with a request that Node's parser lets through. What two servers could read differently must not be answered, or the
 * second request of an attacker hides in the first (RFC 9112, sections 3.2, 6.1, 11.2).
 */
export function framingProblem(request: IncomingMessage): FramingProblem | undefined {
  const { headers, httpVersionMajor, httpVersionMinor, rawHeaders } = request;
  if (httpVersionMajor !== 1) return { status: 505, reason: `HTTP/${request.httpVersion}` };
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) return { status: 400, reason: 'two Host fields' };
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (httpVersionMinor === 0) return { status: 400, reason: 'Transfer-Encoding in HTTP/1.0' };
  if (headers['content-length'] !== undefined) return { status: 400, reason: 'two lengths' };
  return coding.trim().toLowerCase() === 'chunked' ? undefined : { status: 501, reason: `Transfer-Encoding ${coding}` };
}

/** What of a request its connection knows. */
interface RequestEdge {
  signal(): AbortSignal;
  /** Called when somebody begins to read the body. */
  beforeBody(): void;
  /** Calls back when the answer is over. */
  whenOver(listener: () => void): void;
}

/** A request as it came from Node's HTTP server, before it is routed. */
export class NodeRequest implements TransportRequest {
  readonly method: string;
  readonly path: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly client: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  readonly whenRead: Promise<void> | undefined;
  readonly #edge: RequestEdge;
  readonly #socket: Socket;
  #query: URLSearchParams | undefined;

  constructor(request: IncomingMessage, edge: RequestEdge) {
    const url = originForm(request.url ?? '/');
    const mark = url.indexOf('?');
    const { remoteAddress, remotePort } = request.socket;
    const coding = codingOf(request.headers);
    const raw: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => {
        edge.beforeBody();
        return chunksOf(request);
      },
    };
    this.#edge = edge;
    this.#socket = request.socket;
    this.method = request.method ?? 'GET';
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.url = url;
    this.headers = coding === 'gzip' ? withoutCoding(request.headers) : request.headers;
    this.client = remoteAddress === undefined ? undefined : formatAddress(remoteAddress, remotePort ?? 0);
    this.body = raw;
    if (coding === undefined) return;
    const read = deferred<void>();
    let isBeingRead = false;
    this.whenRead = read.promise;
    this.body = {
      [Symbol.asyncIterator]: () => decoded(raw, coding, { begun: () => (isBeingRead = true), done: read.resolve }),
    };
    request.once('close', () => {
      if (!isBeingRead) read.resolve();
    });
    edge.whenOver(read.resolve);
  }

  // These cost as much as the rest of a small request, and few ask for them. (They are no getters of an object literal: each evaluation
  // of such a literal makes a hidden class of its own, which only a major collection frees.)

  get query(): URLSearchParams {
    const mark = this.url.indexOf('?');
    return (this.#query ??= new URLSearchParams(mark < 0 ? '' : this.url.slice(mark + 1)));
  }

  get signal(): AbortSignal {
    return this.#edge.signal();
  }

  get certificate(): X509Certificate | undefined {
    return verifiedCertificate(this.#socket);
  }
}

/**
 * Reads a body. Whoever stops reading, as at a limit, must still be able to answer, and the next request on the connection to be read:
 * so the request stays, and is let go of at once, where the iterator of Node's streams waits for the next chunk before it does.
 */
function chunksOf(request: IncomingMessage): AsyncIterator<Uint8Array> {
  let wake: (() => void) | undefined;
  let failure: Error | undefined;
  let isLeft = false;
  const look = (): void => wake?.();
  const failed = (error: Error): void => {
    failure = error;
    wake?.();
  };
  const closed = (): void => {
    if (!request.readableEnded) failed(failure ?? new Error('the client has left'));
  };
  const listeners = { readable: look, end: look, error: failed, close: closed } as const;
  for (const [name, listener] of Object.entries(listeners)) request.on(name, listener);
  return {
    next: () =>
      new Promise((resolve, reject) => {
        wake = () => {
          const chunk = isLeft ? null : (request.read() as Buffer | null);
          if (chunk !== null) resolve({ done: false, value: chunk });
          else if (isLeft || request.readableEnded) resolve({ done: true, value: undefined });
          else if (failure !== undefined) reject(failure);
          else return;
          wake = undefined;
        };
        wake();
      }),
    return: () => {
      isLeft = true;
      for (const [name, listener] of Object.entries(listeners)) {
        // To take away one that is gone would stop the request where Node lets it flow by now.
        if (request.listeners(name).includes(listener)) request.off(name, listener);
      }
      wake?.();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

function codingOf(headers: IncomingHttpHeaders): string | undefined {
  const coding = headers['content-encoding']?.trim().toLowerCase();
  if (coding === undefined || coding === '' || coding === 'identity') return undefined;
  return coding === 'x-gzip' ? 'gzip' : coding;
}

/** What is to be told of a body: a reader may leave before it has begun. */
interface Reading {
  readonly begun: () => void;
  readonly done: () => void;
}

async function* decoded(
  body: AsyncIterable<Uint8Array>,
  coding: string,
  { begun, done }: Reading,
): AsyncGenerator<Uint8Array, void, void> {
  begun();
  try {
    if (coding === 'gzip') yield* gunzip(body);
    else throw new ProcessError('HTTP_MEDIA_TYPE_UNSUPPORTED', `Content-Encoding '${coding}' is not supported`);
  } finally {
    done();
  }
}

/** The path and query of a request target; clients of a proxy send a whole URL, which servers must understand too (RFC 9112, 3.2.2). */
function originForm(target: string): string {
  const match = /^https?:\/\/[^/?#]*(.*)$/i.exec(target);
  if (match === null) return target;
  const rest = match[1] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}
