import { createServer } from 'node:http';
import { isIP } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { formatAddress } from '../remote/address.ts';
import { SystemClock } from '../time/system-clock.ts';
import { WebSocketConnection, shutdownGraceMs } from './websocket-connection.ts';
import { ProcessError, errorText } from '../errors.ts';
import { answerNode } from '../http/node-adapter.ts';
import { answerClientError, continueWithoutUpgrade, refuseUpgrade } from '../http/upgrade.ts';
import { defaultLimits } from '../limits.ts';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Timer } from '../time/clock.ts';
import type { Connection, Transport, TransportHandlers } from './transport.ts';

/** Options of `WebSocketTransport`. */
export interface WebSocketTransportOptions {
  /** The IP address to listen on. @default '127.0.0.1' */
  readonly ip?: string;
  /** The port to listen on; 0 lets the system choose. @default 0 */
  readonly port?: number;
  /** The IP address that others reach this runtime at, where it differs, as it must when `ip` is a wildcard. */
  readonly advertiseIp?: string;
  /** The port that others reach this runtime at, where it differs. */
  readonly advertisePort?: number;
  /** Bytes of the largest frame that is accepted. @default that of `defaultLimits` */
  readonly frameBytesMax?: number;
  /** Bytes of an HTTP request's header fields that are accepted. @default that of `defaultLimits` */
  readonly httpHeaderBytesMax?: number;
  /** How long an HTTP client may take to send its header fields, in milliseconds. @default that of `defaultLimits` */
  readonly httpHeadersTimeoutMs?: number;
  /** How often a silent connection is asked for a sign of life, in milliseconds. @default that of `defaultLimits` */
  readonly pingIntervalMs?: number;
  /**
   * The origins of web pages that may connect, for example `https://ui.example.org`, or what decides on one. A page acts for whoever
   * looks at it and for whoever can put a script into it. @default none
   */
  readonly allowedOrigins?: readonly string[] | ((origin: string) => boolean);
}

/** The WebSocket subprotocol of frames between runtimes. */
export const subprotocol = 'libprocess.1';

// Node looks for late clients this often; it must be often enough to keep to the timeout.
const lateClientChecks = 4;

/** Frames over WebSocket (RFC 6455), on one port with HTTP. */
export class WebSocketTransport implements Transport {
  readonly #options: Required<Omit<WebSocketTransportOptions, 'advertiseIp' | 'advertisePort'>> &
    Pick<WebSocketTransportOptions, 'advertiseIp' | 'advertisePort'>;
  readonly #clock = new SystemClock();
  readonly #acceptor: WebSocketServer;
  readonly #dialling = new Set<WebSocket>();
  readonly #connections = new Set<WebSocketConnection>();
  #server: Server | undefined;
  #pings: Timer | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: WebSocketTransportOptions = {}) {
    this.#options = { ip: '127.0.0.1', port: 0, allowedOrigins: [], ...defaultLimits, ...options };
    this.#acceptor = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: this.#options.frameBytesMax,
      perMessageDeflate: false,
      autoPong: false,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    });
  }

  async listen(handlers: TransportHandlers): Promise<string> {
    const { ip, port, advertiseIp = ip, advertisePort } = this.#options;
    checkAdvertised(advertiseIp);
    const { httpHeadersTimeoutMs: headersTimeout } = this.#options;
    const server = createServer({
      maxHeaderSize: this.#options.httpHeaderBytesMax,
      headersTimeout,
      connectionsCheckingInterval: Math.ceil(headersTimeout / lateClientChecks),
    });
    const unanswered = new WeakMap<Duplex, number>();
    server.on('request', (request, response) => {
      const { socket } = request;
      unanswered.set(socket, (unanswered.get(socket) ?? 0) + 1);
      response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
      void answerNode(request, response, handlers);
    });
    server.on('upgrade', (request, socket, head) => {
      this.#upgrade(server, request, socket, head, handlers);
    });
    server.on('clientError', (error, socket) => {
      handlers.refused?.(error.message);
      // Whatever is written now would be taken for a part of the answer that is under way.
      if ((unanswered.get(socket) ?? 0) > 0) socket.destroy();
      else answerClientError(error, socket);
    });
    await listening(server, ip, port);
    server.on('error', (error) => {
      handlers.refused?.(`accepting a connection failed: ${error.message}`);
    });
    this.#server = server;
    this.#watchSilence();
    return formatAddress(advertiseIp, advertisePort ?? (server.address() as AddressInfo).port);
  }

  connect(address: string, signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const fail = (reason: unknown): void => {
        signal.removeEventListener('abort', abort);
        reject(new ProcessError('CONNECTION_FAILED', `Cannot connect to ${address}: ${errorText(reason)}`));
      };
      const abort = (): void => {
        socket?.terminate();
        fail('it was given up');
      };
      let socket: WebSocket | undefined;
      if (this.#closed !== undefined || signal.aborted) {
        fail('it was given up');
        return;
      }
      try {
        socket = new WebSocket(`ws://${address}/`, subprotocol, {
          maxPayload: this.#options.frameBytesMax,
          perMessageDeflate: false,
          autoPong: false,
          followRedirects: false,
        });
      } catch (error) {
        fail(error);
        return;
      }
      const dialled = socket;
      this.#dialling.add(dialled);
      signal.addEventListener('abort', abort, { once: true });
      // Stays for good: an error after the first must not be one that nobody listens to.
      dialled.on('error', fail);
      dialled.once('close', () => {
        this.#dialling.delete(dialled);
      });
      dialled.once('upgrade', (response) => {
        dialled.once('open', () => {
          this.#dialling.delete(dialled);
          signal.removeEventListener('abort', abort);
          resolve(this.#connection(dialled, response.socket, address));
        });
      });
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (this.#pings !== undefined) this.#clock.cancel(this.#pings);
    for (const socket of this.#dialling) socket.terminate();
    // Frames that were sent leave first: `terminate` would drop them.
    const ends = [...this.#connections].map((connection) => connection.end('shutting down'));
    if (server !== undefined) {
      ends.push(
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        }),
      );
      server.closeIdleConnections();
    }
    const forced = this.#clock.timer(shutdownGraceMs, () => server?.closeAllConnections());
    await Promise.all(ends);
    this.#clock.cancel(forced);
  }

  #connection(socket: WebSocket, raw: Socket, remote: string, origin?: string): WebSocketConnection {
    const connection = new WebSocketConnection(socket, raw, { remote, origin, clock: this.#clock });
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    return connection;
  }

  #upgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer, handlers: TransportHandlers): void {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      continueWithoutUpgrade(server, request, socket, head);
      return;
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const { origin } = request.headers;
    // Only browsers send an origin, and a page must not get to speak as a runtime to whatever listens on its reader's machine.
    if (origin !== undefined && !this.#allows(origin)) refuseUpgrade(socket, 403);
    else if (this.#closed !== undefined) refuseUpgrade(socket, 503);
    else if (!offered.includes(subprotocol)) refuseUpgrade(socket, 400);
    else {
      socket.on('error', () => {
        socket.destroy();
      });
      this.#acceptor.handleUpgrade(request, socket, head, (webSocket) => {
        const { remoteAddress = '', remotePort = 0 } = request.socket;
        const remote = formatAddress(remoteAddress, remotePort);
        handlers.connection(this.#connection(webSocket, request.socket, remote, origin));
      });
      return;
    }
    handlers.refused?.(`an upgrade to ${request.headers['sec-websocket-protocol'] ?? 'no subprotocol'}`);
  }

  #allows(origin: string): boolean {
    const { allowedOrigins } = this.#options;
    return typeof allowedOrigins === 'function' ? allowedOrigins(origin) : allowedOrigins.includes(origin);
  }

  /** Ends connections whose other end is gone without a word, as after a cut cable. */
  #watchSilence(): void {
    this.#pings = this.#clock.timer(this.#options.pingIntervalMs, () => {
      for (const connection of this.#connections) connection.ping();
      this.#watchSilence();
    });
  }
}

function checkAdvertised(ip: string): void {
  const problem =
    ip === '0.0.0.0' || ip === '::'
      ? 'nobody can connect to a wildcard: give advertiseIp, the address that others reach this runtime at'
      : isIP(ip) === 0
        ? 'it is not an IP address'
        : undefined;
  if (problem !== undefined) throw new ProcessError('ADDRESS_INVALID', `Cannot be reached at '${ip}': ${problem}`);
}

function listening(server: Server, ip: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const text = `Cannot listen on ${formatAddress(ip, port)}: ${error.message}`;
      reject(new ProcessError('CONNECTION_FAILED', text, { cause: error }));
    };
    server.once('error', fail);
    server.listen(port, ip, () => {
      server.off('error', fail);
      resolve();
    });
  });
}
