import { createServer } from 'node:tls';
import { formatAddress } from '../remote/address.ts';
import { tlsErrorText } from './tls-error.ts';
import { peerProblem } from './verify-peer.ts';
import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../time/clock.ts';
import type { Credentials } from './credentials.ts';
import type { TlsOptions } from './tls-options.ts';

/** Options of `TlsGate`. */
interface TlsGateOptions {
  readonly tls: TlsOptions;
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** How long a client may take to get through, in milliseconds. */
  readonly handshakeTimeoutMs: number;
  /** Connections that are not through yet; of more, those that have waited longest are ended. */
  readonly unfinishedMax: number;
  /** Somebody did not get through. */
  readonly refused: (reason: string) => void;
}

interface Unfinished {
  readonly socket: Socket;
  readonly remote: string;
  readonly timer: Timer;
}

// The first byte of a TLS record that holds a handshake message (RFC 8446, section 5.1).
const handshakeRecord = 0x16;

const needsTls = Buffer.from(
  'HTTP/1.1 400 TLS is required here\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n' +
    'Content-Length: 46\r\n\r\nThis port speaks HTTPS only: use https or wss.\n',
);

/**
 * Stands between an HTTP server's port and its HTTP: takes TLS off what comes in. The first byte of a connection tells whether its
 * client speaks TLS. Whoever does not is served as it is where a downgrade is supported, and told so in plain HTTP where it is not.
 */
export class TlsGate {
  readonly #server: HttpServer;
  readonly #options: TlsGateOptions;
  readonly #tls: TlsServer;
  readonly #serve: (socket: Socket) => void;
  #authorities: Credentials['authorities'];
  /** Connections that are not through yet, in the order of their coming. */
  readonly #unfinished = new Map<string, Unfinished>();
  readonly #through = new WeakSet<Socket>();

  constructor(server: HttpServer, options: TlsGateOptions) {
    this.#server = server;
    this.#options = options;
    this.#authorities = options.credentials.authorities;
    const { requestClientCert = false, requireClientCert = false } = options.tls;
    this.#tls = createServer({
      ...options.credentials.options,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: options.handshakeTimeoutMs,
      requestCert: requireClientCert || requestClientCert,
      // Node would end the connection without a word about the reason; here it is looked at when the handshake is over.
      rejectUnauthorized: false,
    });
    this.#tls.on('secureConnection', (socket) => {
      void this.#secured(socket);
    });
    this.#tls.on('tlsClientError', (error, socket) => {
      this.#refuse(keyOf(socket), tlsErrorText(error));
      socket.destroy();
    });
    // Node's own: what it does with a connection, whoever gives it one.
    const serve = server.listeners('connection');
    this.#serve = (socket) => {
      for (const listener of serve) listener.call(server, socket);
    };
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      if (this.#through.has(socket)) this.#serve(socket);
      else this.#arrived(socket);
    });
  }

  /** Uses new certificates in handshakes to come. */
  reload({ authorities, options }: Credentials): void {
    this.#authorities = authorities;
    this.#tls.setSecureContext(options);
  }

  /** Ends what is not through. */
  close(): void {
    for (const [key, { socket }] of this.#unfinished) {
      this.#finish(key);
      socket.destroy();
    }
  }

  #arrived(socket: Socket): void {
    const key = keyOf(socket);
    const remote = formatAddress(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    const timer = this.#options.clock.timer(this.#options.handshakeTimeoutMs, () => {
      this.#refuse(key, 'the TLS handshake took too long');
      socket.destroy();
    });
    this.#unfinished.set(key, { socket, remote, timer });
    // Whoever has not said anything, as somebody who looks whether the port is open, is not worth a word.
    socket.once('close', () => {
      if (this.#unfinished.get(key)?.socket === socket) this.#finish(key);
    });
    const [oldest] = this.#unfinished;
    if (this.#unfinished.size > this.#options.unfinishedMax && oldest !== undefined) {
      this.#refuse(oldest[0], 'too many TLS handshakes at once');
      oldest[1].socket.destroy();
    }
    this.#peek(socket, key);
  }

  #peek(socket: Socket, key: string): void {
    socket.on('error', ignore);
    const look = (): void => {
      const byte = socket.read(1) as Buffer | null;
      if (byte === null) {
        if (!socket.readableEnded) socket.once('readable', look);
        return;
      }
      socket.off('error', ignore);
      socket.unshift(byte);
      if (byte[0] === handshakeRecord) this.#handshake(socket, key);
      else if (this.#options.tls.supportDowngrade === true) this.#pass(socket, key);
      else this.#turnAway(socket, key);
    };
    look();
  }

  #handshake(socket: Socket, key: string): void {
    // HTTP's server leaves its half open for an answer, for which it is too early; else whoever leaves now would stay until the timeout.
    socket.allowHalfOpen = false;
    socket.prependOnceListener('close', () => {
      if (this.#unfinished.get(key)?.socket === socket)
        this.#refuse(key, 'it ended the connection during the TLS handshake');
    });
    this.#tls.emit('connection', socket);
  }

  #turnAway(socket: Socket, key: string): void {
    this.#refuse(key, 'it does not speak TLS');
    socket.on('error', ignore);
    socket.end(needsTls, () => {
      socket.destroy();
    });
  }

  async #secured(socket: TLSSocket): Promise<void> {
    const key = keyOf(socket);
    socket.on('error', ignore);
    const peer = { dialled: false, host: undefined, ip: socket.remoteAddress };
    const problem = await peerProblem(socket, peer, { options: this.#options.tls, authorities: this.#authorities });
    if (socket.destroyed) return;
    if (problem !== undefined) {
      this.#refuse(key, problem);
      socket.destroy();
      return;
    }
    socket.off('error', ignore);
    this.#pass(socket, key);
  }

  #pass(socket: Socket, key: string): void {
    this.#finish(key);
    this.#through.add(socket);
    this.#server.emit('connection', socket);
  }

  #finish(key: string): Unfinished | undefined {
    const unfinished = this.#unfinished.get(key);
    if (unfinished !== undefined) this.#options.clock.cancel(unfinished.timer);
    this.#unfinished.delete(key);
    return unfinished;
  }

  #refuse(key: string, reason: string): void {
    const unfinished = this.#finish(key);
    // Whoever was refused may break the connection as well.
    if (unfinished !== undefined) this.#options.refused(`TLS with ${unfinished.remote}: ${reason}`);
  }
}

/** Errors end a connection, and whoever waits for its end learns of it by that. */
function ignore(): void {
  // Nothing to do.
}

/** What a connection and the TLS over it have in common: Node does not tell which belong together. */
function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
