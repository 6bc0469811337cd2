import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { formatAddress } from './address.ts';
import { ProcessError, errorText } from './errors.ts';
import { defaultLimits } from './limits.ts';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RawData } from 'ws';
import type { Connection, ConnectionHandlers, Transport, TransportHandlers } from './transport.ts';

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
  /** Bytes of the largest frame that is accepted. */
  readonly frameBytesMax?: number;
  readonly httpHeaderBytesMax?: number;
  readonly httpHeadersTimeoutMs?: number;
}

/** The WebSocket subprotocol of frames between runtimes. */
export const subprotocol = 'libprocess.1';

// RFC 6455, section 5.5: a control frame carries at most 125 bytes, two of which are the status code.
const reasonBytesMax = 123;
const closeNormal = 1000;
const closeGoingAwayMs = 1_000;

class WebSocketConnection implements Connection {
  readonly remote: string;
  readonly #socket: WebSocket;
  #handlers: ConnectionHandlers | undefined;
  #early: Uint8Array[] = [];
  #ended: string | undefined;
  #failure = '';

  constructor(socket: WebSocket, remote: string) {
    this.#socket = socket;
    this.remote = remote;
    socket.binaryType = 'nodebuffer';
    socket.on('message', (data: RawData, isBinary: boolean) => {
      if (!isBinary) socket.close(closeNormal, 'expected binary frames');
      else if (this.#handlers === undefined) this.#early.push(data as Buffer);
      else this.#handlers.frame(data as Buffer);
    });
    socket.on('error', (error) => {
      this.#failure = error.message;
    });
    socket.on('close', (code, reason) => {
      this.#ended = reason.length > 0 ? reason.toString() : this.#failure || `connection closed (${code})`;
      this.#handlers?.close(this.#ended);
    });
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  open(handlers: ConnectionHandlers): void {
    // In order and from the event loop, as the interface promises.
    queueMicrotask(() => {
      for (const frame of this.#early) handlers.frame(frame);
      this.#early = [];
      this.#handlers = handlers;
      if (this.#ended !== undefined) handlers.close(this.#ended);
    });
  }

  send(frame: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  close(reason: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      this.#socket.terminate();
      return;
    }
    this.#socket.close(closeNormal, truncate(reason, reasonBytesMax));
    // A peer that does not take part in closing must not hold the socket for ws's own 30 seconds.
    setTimeout(() => {
      this.#socket.terminate();
    }, closeGoingAwayMs).unref();
  }
}

/** Cuts a text to so many bytes of UTF-8, between characters. */
function truncate(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  return (
    bytes
      .subarray(0, bytesMax - 3)
      .toString()
      .replace(/�+$/u, '') + '...'
  );
}

/** Frames over WebSocket (RFC 6455), on one port with HTTP. */
export class WebSocketTransport implements Transport {
  readonly #options: WebSocketTransportOptions;
  readonly #frameBytesMax: number;
  readonly #sockets: WebSocketServer;
  readonly #dialled = new Set<WebSocket>();
  #server: Server | undefined;

  constructor(options: WebSocketTransportOptions = {}) {
    this.#options = options;
    this.#frameBytesMax = options.frameBytesMax ?? defaultLimits.frameBytesMax;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: this.#frameBytesMax,
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    });
  }

  async listen(handlers: TransportHandlers): Promise<string> {
    const { ip = '127.0.0.1', port = 0, advertiseIp, advertisePort } = this.#options;
    const server = createServer({
      maxHeaderSize: this.#options.httpHeaderBytesMax ?? defaultLimits.httpHeaderBytesMax,
      headersTimeout: this.#options.httpHeadersTimeoutMs ?? defaultLimits.httpHeadersTimeoutMs,
    });
    server.on('request', (request, response) => {
      handlers.request(request, response);
    });
    server.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head, handlers);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        reject(
          new ProcessError('CONNECTION_FAILED', `Cannot listen on ${formatAddress(ip, port)}: ${error.message}`, {
            cause: error,
          }),
        );
      });
      server.listen(port, ip, resolve);
    });
    this.#server = server;
    const bound = server.address() as AddressInfo;
    return formatAddress(advertiseIp ?? bound.address, advertisePort ?? bound.port);
  }

  connect(address: string, signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://${address}/`, subprotocol, {
        maxPayload: this.#frameBytesMax,
        perMessageDeflate: false,
      });
      this.#dialled.add(socket);
      const abort = (): void => {
        socket.terminate();
      };
      const fail = (error: unknown): void => {
        signal.removeEventListener('abort', abort);
        reject(
          new ProcessError('CONNECTION_FAILED', `Cannot connect to ${address}: ${errorText(error)}`, { cause: error }),
        );
      };
      signal.addEventListener('abort', abort, { once: true });
      socket.once('error', fail);
      socket.once('close', () => this.#dialled.delete(socket));
      socket.once('open', () => {
        socket.off('error', fail);
        signal.removeEventListener('abort', abort);
        noDelay(socket);
        resolve(new WebSocketConnection(socket, address));
      });
      if (signal.aborted) abort();
    });
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of [...this.#dialled, ...this.#sockets.clients]) {
      // Frames that were sent leave first: `terminate` would drop them.
      if (socket.readyState === WebSocket.OPEN) socket.close(closeNormal, 'shutting down');
    }
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    server.closeIdleConnections();
    const forced = setTimeout(() => {
      for (const socket of [...this.#dialled, ...this.#sockets.clients]) socket.terminate();
      server.closeAllConnections();
    }, closeGoingAwayMs);
    await closed;
    clearTimeout(forced);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, handlers: TransportHandlers): void {
    socket.on('error', () => {
      socket.destroy();
    });
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(subprotocol)) {
      socket.end(`HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      noDelay(webSocket);
      const { remoteAddress = '', remotePort = 0 } = request.socket;
      handlers.connection(new WebSocketConnection(webSocket, formatAddress(remoteAddress, remotePort)));
    });
  }
}

/** Frames are already gathered from many messages: waiting for more (Nagle's algorithm) only adds delay. */
function noDelay(socket: WebSocket): void {
  // ws keeps its socket private, yet documents no other way to reach it on the dialling side.
  const raw = (socket as unknown as { _socket?: { setNoDelay(on: boolean): void } })._socket;
  raw?.setNoDelay(true);
}
