import { ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import { errorText } from '../errors.ts';
import { NodeRequest } from './node-request.ts';
import { writeToNode } from './node-response.ts';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { HttpResponse } from './message.ts';
import type { Limits } from '../limits.ts';
import type { Clock } from '../time/clock.ts';
import type { TransportHandlers } from '../transport/transport.ts';

// What clients send is dropped, so there is no need for much of it.
const messageBytesMax = 64 * 1024;
const reasonBytesMax = 123;
const code = { normal: 1000, goingAway: 1001, policy: 1008 } as const;

/** A request for a WebSocket. */
class WebSocketRequest extends NodeRequest {
  readonly webSocket = true;
}

/**
 * WebSockets that are not of another runtime but for a route, which gets them as requests. One that answers with 101 has a WebSocket: each
 * piece of the answer's body is a message to the client, of text or bytes as the piece is, and what the client sends is dropped. Any
 * other answer leaves as HTTP.
 */
export class WebSocketEdge {
  readonly #limits: Pick<Limits, 'httpWriteTimeoutMs'>;
  readonly #clock: Clock;
  readonly #handlers: Pick<TransportHandlers, 'brokenOff' | 'request'>;
  readonly #acceptor = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
    handleProtocols: () => false,
  });
  /** What ends each connection, be there an answer yet or not. */
  readonly #open = new Map<Duplex, () => void>();

  constructor(
    limits: Pick<Limits, 'httpWriteTimeoutMs'>,
    clock: Clock,
    handlers: Pick<TransportHandlers, 'brokenOff' | 'request'>,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** Answers a request for a WebSocket. Never rejects. */
  async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const left = new AbortController();
    this.#open.set(socket, () => {
      left.abort(new Error('the runtime closes'));
    });
    socket.on('error', () => {
      socket.destroy();
    });
    socket.once('close', () => {
      this.#open.delete(socket);
      left.abort(new Error('the client has left'));
    });
    try {
      const request = new WebSocketRequest(incoming, {
        signal: () => left.signal,
        beforeBody: () => undefined,
        whenOver: (listener) => socket.once('close', listener),
      });
      const answer = await this.#handlers.request(request, incoming.socket);
      if (answer.status === 101) this.#accept(answer, incoming, socket, head);
      else await answerPlainly(answer, incoming, socket);
    } catch (error) {
      this.#handlers.brokenOff?.(errorText(error));
      socket.destroy();
    }
  }

  /** Ends every connection. Resolves when that is done, in this time at the latest. */
  async close(graceMs: number): Promise<void> {
    const ends = [...this.#open].map(
      ([socket, end]) =>
        new Promise<void>((resolve) => {
          const timer = this.#clock.timer(graceMs, () => {
            socket.destroy();
          });
          socket.once('close', () => {
            this.#clock.cancel(timer);
            resolve();
          });
          end();
        }),
    );
    await Promise.all(ends);
  }

  #accept({ body = '' }: HttpResponse, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const pieces = typeof body === 'string' || body instanceof Uint8Array ? once(body) : body;
    const iterator = pieces[Symbol.asyncIterator]();
    // However it ends, and be it that the handshake is refused.
    const leave = (): void => {
      iterator.return?.().catch(() => undefined);
    };
    if (socket.destroyed) leave();
    else socket.once('close', leave);
    this.#acceptor.handleUpgrade(incoming, socket, head, (webSocket) => {
      this.#open.set(socket, () => {
        webSocket.close(code.goingAway, 'shutting down');
      });
      // The end that follows is what counts.
      webSocket.on('error', () => undefined);
      void this.#serve(webSocket, iterator);
    });
  }

  /** Never rejects. */
  async #serve(webSocket: WebSocket, iterator: AsyncIterator<string | Uint8Array>): Promise<void> {
    try {
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) break;
        await this.#sent(webSocket, next.value);
      }
      webSocket.close(code.normal);
    } catch (error) {
      const reason = errorText(error);
      this.#handlers.brokenOff?.(reason);
      webSocket.close(
        code.policy,
        Buffer.from(reason)
          .subarray(0, reasonBytesMax)
          .toString()
          .replace(/\uFFFD+$/, ''),
      );
    }
  }

  /** Sends a message and waits until it has left; ends the connection of a client that takes nothing for too long. */
  #sent(webSocket: WebSocket, message: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const halfMs = Math.ceil(this.#limits.httpWriteTimeoutMs / 2);
      const give = (): void => {
        webSocket.terminate();
      };
      // In halves: of a program that stands still only one passes before it looks again at what its clients do.
      let timer = this.#clock.timer(halfMs, () => {
        timer = this.#clock.timer(halfMs, give);
      });
      webSocket.send(message, (error) => {
        this.#clock.cancel(timer);
        if (error === undefined || error === null) resolve();
        else reject(error);
      });
    });
  }
}

async function* once(body: string | Uint8Array): AsyncGenerator<string | Uint8Array> {
  if (body.length > 0) yield await Promise.resolve(body);
}

/** Answers in HTTP what asked for a WebSocket, and ends the connection. */
async function answerPlainly(answer: HttpResponse, incoming: IncomingMessage, socket: Duplex): Promise<void> {
  const response = new ServerResponse(incoming);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  // Node's server passes this on for the requests that it reads itself.
  socket.on('drain', () => response.emit('drain'));
  response.once('finish', () => {
    socket.end();
  });
  await writeToNode(answer, response);
}
