import { errorText } from '../errors.ts';
import { internalServerError, textResponse } from './message.ts';
import { NodeRequest, framingProblem } from './node-request.ts';
import { writeToNode } from './node-response.ts';
import { answerClientError } from './upgrade.ts';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpResponse } from './message.ts';
import type { FramingProblem } from './node-request.ts';
import type { Limits } from '../limits.ts';
import type { Clock, Timer } from '../time/clock.ts';
import type { TransportHandlers } from '../transport/transport.ts';

/** Bounds of the HTTP side of a listening socket. */
type HttpEdgeLimits = Pick<
  Limits,
  'httpHeaderBytesMax' | 'httpHeadersTimeoutMs' | 'httpIdleTimeoutMs' | 'httpPipelinedMax' | 'httpWriteTimeoutMs'
>;

// Node looks for late clients, and this for slow readers, this often within the timeout.
const checksPerTimeout = 4;
// Requests of one connection that are answered at the same time; further ones wait for their turn.
const concurrentMax = 16;
// How long the rest of a body that nobody wants is read, so that its sender gets to read the answer.
const drainTimeoutMs = 5_000;

/** A request that has come and whose answer has not left. */
interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Made for those who ask for its signal, which few do and which costs as much as the rest of a small request. */
  abort: AbortController | undefined;
  /** Why nobody waits for the answer any more. */
  gone: Error | undefined;
  /** Why it is refused. */
  readonly problem: FramingProblem | undefined;
  /** Where it is among all that have begun. */
  index: number;
  /** Whether the client waits to be asked for the body. */
  expectsContinue: boolean;
}

/** What is known of a connection. */
interface ConnectionState {
  /** Exchanges that have begun. */
  readonly open: Exchange[];
  readonly waiting: Exchange[];
  /** How much the client had taken of what was written, at the last look, and how many looks in a row found no more. */
  taken: number;
  stuckLooks: number;
}

/**
 * HTTP requests of Node's server: bounds what one connection can ask for and leave unread, and brings each request to the runtime and
 * its answer back.
 */
export class HttpEdge {
  readonly #limits: HttpEdgeLimits;
  readonly #clock: Clock;
  readonly #handlers: Pick<TransportHandlers, 'brokenOff' | 'refused' | 'request' | 'warn'>;
  readonly #connections = new WeakMap<Duplex, ConnectionState>();
  /** Connections that end because of what came in on them. */
  readonly #refused = new WeakSet<Duplex>();
  /**
   * Every exchange that has begun, each at its index. No `Set`: one that is filled and emptied all the time leaves a chain of old tables
   * behind, and every request in them outlives the young generation.
   */
  readonly #open: Exchange[] = [];
  #sweep: Timer | undefined;
  #closing = false;

  constructor(
    limits: HttpEdgeLimits,
    clock: Clock,
    handlers: Pick<TransportHandlers, 'brokenOff' | 'refused' | 'request' | 'warn'>,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** Options for `createServer` of `node:http` or `node:https`. */
  get serverOptions(): ServerOptions {
    const { httpHeaderBytesMax, httpHeadersTimeoutMs, httpIdleTimeoutMs } = this.#limits;
    return {
      maxHeaderSize: httpHeaderBytesMax,
      headersTimeout: httpHeadersTimeoutMs,
      keepAliveTimeout: httpIdleTimeoutMs,
      connectionsCheckingInterval: Math.ceil(httpHeadersTimeoutMs / checksPerTimeout),
      // Bodies have a time of their own, by route: some are streams that last for hours.
      requestTimeout: 0,
      // Mesos answers requests without one.
      requireHostHeader: false,
      insecureHTTPParser: false,
    };
  }

  /** Answers the requests of a server. */
  attach(server: Server): void {
    server.on('request', (incoming, outgoing) => {
      this.#arrived(incoming, outgoing, false);
    });
    server.on('checkContinue', (incoming, outgoing) => {
      this.#arrived(incoming, outgoing, true);
    });
    server.on('clientError', (error, socket) => {
      // Until the connection has ended, every further piece of what was refused is another error.
      if (this.#refused.has(socket)) return;
      if ('code' in error && error.code === 'ECONNRESET') {
        // It was the client who ended it.
        socket.destroy();
        return;
      }
      this.#refuse(socket, error.message);
      const [first, second] = this.#connections.get(socket)?.open ?? [];
      // Unless it is the body of the only request that is malformed, what is written now would be taken for a part of its answer.
      const isOfFirst = second === undefined && first?.incoming.complete === false && !first.outgoing.headersSent;
      if (first === undefined || isOfFirst) answerClientError(error, socket);
      else socket.destroy();
    });
  }

  /** Tells every handler whose answer has not left to come to an end, and answers no requests that come later. */
  close(): void {
    this.#closing = true;
    if (this.#sweep !== undefined) this.#clock.cancel(this.#sweep);
    for (const exchange of this.#open) leave(exchange, 'the runtime closes');
  }

  #arrived(incoming: IncomingMessage, outgoing: ServerResponse, expectsContinue: boolean): void {
    const { socket } = incoming;
    // Whatever comes behind something that was refused might be a part of it.
    if (this.#refused.has(socket)) return;
    const problem = framingProblem(incoming);
    if (problem !== undefined) this.#refuse(socket, problem.reason);
    let state = this.#connections.get(socket);
    if (state === undefined) {
      const { open, waiting } = (state = { open: [], waiting: [], taken: 0, stuckLooks: 0 });
      this.#connections.set(socket, state);
      socket.once('close', () => {
        waiting.length = 0;
        closeUnsent(open);
      });
    }
    if (this.#closing) {
      // What is being answered on the same connection still is.
      if (state.open.length === 0) socket.destroy();
      return;
    }
    const exchange: Exchange = {
      incoming,
      outgoing,
      index: -1,
      abort: undefined,
      gone: undefined,
      expectsContinue,
      problem,
    };
    if (state.open.length < concurrentMax) {
      this.#begin(exchange, state);
    } else if (state.waiting.length < this.#limits.httpPipelinedMax) {
      state.waiting.push(exchange);
    } else {
      this.#refuse(socket, 'too many requests on one connection');
      socket.destroy();
    }
  }

  #remove(exchange: Exchange): void {
    const last = this.#open.pop();
    if (last === undefined || last === exchange) return;
    last.index = exchange.index;
    this.#open[exchange.index] = last;
  }

  #refuse(socket: Duplex, reason: string): void {
    this.#refused.add(socket);
    this.#handlers.refused?.(reason);
  }

  #begin(exchange: Exchange, state: ConnectionState): void {
    const { incoming, outgoing } = exchange;
    state.open.push(exchange);
    exchange.index = this.#open.push(exchange) - 1;
    if (this.#sweep === undefined && !this.#closing) this.#watchReaders();
    // A client that leaves is no error of ours; `signal` tells who cares.
    outgoing.on('error', () => undefined);
    outgoing.once('finish', () => {
      if (!incoming.complete) this.#drain(incoming);
    });
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) leave(exchange, 'the client has left');
      state.open.splice(state.open.indexOf(exchange), 1);
      this.#remove(exchange);
      const next = state.waiting.shift();
      if (next !== undefined && !incoming.socket.destroyed) this.#begin(next, state);
    });
    void this.#answer(exchange);
  }

  /** Never rejects. */
  async #answer(exchange: Exchange): Promise<void> {
    const { incoming, outgoing } = exchange;
    try {
      const answer = await this.#ask(exchange);
      if (this.#closing) outgoing.setHeader('Connection', 'close');
      await write(answer, exchange);
    } catch (error) {
      this.#handlers.brokenOff?.(errorText(error));
      if (outgoing.headersSent || outgoing.destroyed) {
        // The answer has begun, so the only way to tell the client is to break it off.
        outgoing.destroy();
        return;
      }
      const { method = '', url = '' } = incoming;
      this.#handlers.warn?.(`The answer to HTTP ${method} ${url} cannot be written: ${errorText(error)}`);
      for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name);
      await write(internalServerError(), exchange);
    }
  }

  #ask(exchange: Exchange): HttpResponse | Promise<HttpResponse> {
    const { incoming, outgoing, problem } = exchange;
    if (problem !== undefined) return textResponse(problem.status, `${problem.status} ${problem.reason}.`);
    const request = new NodeRequest(incoming, {
      signal: () => signalOf(exchange),
      beforeBody: () => {
        if (exchange.expectsContinue) outgoing.writeContinue();
        exchange.expectsContinue = false;
      },
      whenOver: (listener) => outgoing.once('close', listener),
    });
    return this.#handlers.request(request, incoming.socket);
  }

  /** What is left of a body that nobody read to its end is in the way of the next request: it is waited for, not for long. */
  #drain(incoming: IncomingMessage): void {
    const timer = this.#clock.timer(drainTimeoutMs, () => {
      this.#handlers.brokenOff?.('a body that nobody reads goes on');
      incoming.socket.destroy();
    });
    incoming.once('close', () => this.#clock.cancel(timer));
    // A handler that has left an iterator unfinished is still listening, and would keep it from flowing.
    // To take away none would stop it where Node lets it flow by now.
    if (incoming.listenerCount('readable') > 0) incoming.removeAllListeners('readable');
    incoming.resume();
  }

  /** Ends connections whose clients have stopped to read what was written for them. */
  #watchReaders(): void {
    const timeoutMs = this.#limits.httpWriteTimeoutMs;
    this.#sweep = this.#clock.timer(Math.ceil(timeoutMs / checksPerTimeout), () => {
      this.#sweep = undefined;
      for (const socket of new Set(this.#open.map(({ incoming }) => incoming.socket))) this.#look(socket);
      if (this.#open.length > 0) this.#watchReaders();
    });
  }

  #look(socket: Socket): void {
    const state = this.#connections.get(socket);
    if (state === undefined) return;
    const taken = socket.bytesWritten - socket.writableLength;
    if (taken !== state.taken || socket.writableLength === 0) {
      state.taken = taken;
      state.stuckLooks = 0;
      return;
    }
    // Looks count, not time: that this program stood still for a while is no fault of its clients.
    state.stuckLooks++;
    if (state.stuckLooks >= checksPerTimeout) {
      this.#handlers.brokenOff?.('the client has stopped to read');
      socket.destroy();
    }
  }
}

function write(answer: HttpResponse, { outgoing, problem }: Exchange): Promise<void> {
  // What is still to come of the request cannot be understood. Node does the same for a client that was not asked for its body.
  if (problem !== undefined || answer.status === 408) outgoing.setHeader('Connection', 'close');
  return writeToNode(answer, outgoing);
}

/** Ends the answers that never had their turn on a connection which is gone: Node ends the one that had, and nobody would end these. */
function closeUnsent(open: readonly Exchange[]): void {
  const unsent = open.filter(({ outgoing }) => outgoing.socket === null);
  for (const { outgoing } of unsent) {
    outgoing.destroy();
    outgoing.emit('close');
  }
}

function leave(exchange: Exchange, reason: string): void {
  exchange.gone ??= new Error(reason);
  exchange.abort?.abort(exchange.gone);
}

function signalOf(exchange: Exchange): AbortSignal {
  if (exchange.abort === undefined) {
    exchange.abort = new AbortController();
    if (exchange.gone !== undefined) exchange.abort.abort(exchange.gone);
  }
  return exchange.abort.signal;
}
