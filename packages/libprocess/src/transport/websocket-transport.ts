import { createServer } from 'node:http';
import { isIP } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { canonicalIp, formatAddress, formatUnixAddress, unixPathProblem } from '../remote/address.ts';
import { nextTurn } from '../actor/turn.ts';
import { SystemClock } from '../time/system-clock.ts';
import { certificateWarnings, loadCredentials } from '../tls/credentials.ts';
import { TlsGate } from '../tls/tls-gate.ts';
import { tlsErrorText } from '../tls/tls-error.ts';
import { WebSocketConnection } from './websocket-connection.ts';
import { closeGraceMs, subprotocol } from './websocket-rules.ts';
import { Intake } from './intake.ts';
import { dial } from './dial.ts';
import { listenOnPath, unixModeDefault } from './unix-socket.ts';
import { ProcessError, errorText } from '../errors.ts';
import { HttpEdge } from '../http/node-adapter.ts';
import { continueWithoutUpgrade, refuseUpgrade } from '../http/upgrade.ts';
import { WebSocketEdge } from '../http/web-socket-edge.ts';
import { limitsOf, withDefaults } from '../limits.ts';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Timer } from '../time/clock.ts';
import type { Credentials } from '../tls/credentials.ts';
import type { TlsOptions } from '../tls/tls-options.ts';
import type { Connection, Transport, TransportHandlers } from './transport.ts';
import type { UnixListener } from './unix-socket.ts';
import type { WebSocketConnectionOptions } from './websocket-connection.ts';

/** Options of `WebSocketTransport`. */
export interface WebSocketTransportOptions {
  /** The IP address to listen on, of version 4 or 6; `::` is every address of both. @default '127.0.0.1' */
  readonly ip?: string;
  /** The port to listen on; 0 lets the system choose. @default 0 */
  readonly port?: number;
  /** The IP address that others reach this runtime at, where it differs, as it must when `ip` is a wildcard. */
  readonly advertiseIp?: string;
  /** The port that others reach this runtime at, where it differs. */
  readonly advertisePort?: number;
  /** A path of the file system to serve HTTP and other runtimes at too, without TLS: the file's permissions say who may connect. */
  readonly unixPath?: string;
  /** Permissions of the file at `unixPath`. @default 0o600 */
  readonly unixMode?: number;
  /** Whether to listen on a port. Without one, `unixPath` is this runtime's address: `unix:/path`. @default true */
  readonly tcp?: boolean;
  /** TLS on the port and on the connections that are made. @default none */
  readonly tls?: TlsOptions;
  /** How often the files of `tls` are looked at, and used if they have changed, in milliseconds; 0: `reloadTls` is called. @default 0 */
  readonly tlsReloadIntervalMs?: number;
  /** How long a TLS handshake may take, in milliseconds. @default that of `defaultLimits` */
  readonly handshakeTimeoutMs?: number;
  /** Connections whose TLS handshake is under way; beyond, the oldest of them is ended. @default that of `defaultLimits` */
  readonly ungreetedMax?: number;
  /** Bytes of the largest frame that is accepted. @default that of `defaultLimits` */
  readonly frameBytesMax?: number;
  /** Bytes of an HTTP request's header fields that are accepted. @default that of `defaultLimits` */
  readonly httpHeaderBytesMax?: number;
  /** How long an HTTP client may take to send its header fields, in milliseconds. @default that of `defaultLimits` */
  readonly httpHeadersTimeoutMs?: number;
  /** How long an HTTP connection without a request stays open, in milliseconds. @default that of `defaultLimits` */
  readonly httpIdleTimeoutMs?: number;
  /** How long an HTTP client may take nothing of what is written for it, in milliseconds. @default that of `defaultLimits` */
  readonly httpWriteTimeoutMs?: number;
  /** HTTP requests of one connection that may wait for their turn. @default that of `defaultLimits` */
  readonly httpPipelinedMax?: number;
  /** How often a silent connection is asked for a sign of life, in milliseconds. @default that of `defaultLimits` */
  readonly pingIntervalMs?: number;
  /**
   * The origins of web pages that may connect, for example `https://ui.example.org`, or what decides on one. A page acts for whoever
   * looks at it and for whoever can put a script into it. @default none
   */
  readonly allowedOrigins?: readonly string[] | ((origin: string) => boolean);
}

// Connections that are asked for a sign of life in one turn: ten thousand would hold up everybody else for a tenth of a second.
const pingsAtOnce = 32;

type Defaulted = Required<Omit<WebSocketTransportOptions, 'advertiseIp' | 'advertisePort' | 'tls' | 'unixPath'>>;

/** Frames over WebSocket (RFC 6455), on one port with HTTP. */
export class WebSocketTransport implements Transport {
  readonly secure: boolean;
  readonly #options: Defaulted & WebSocketTransportOptions;
  readonly #clock = new SystemClock();
  readonly #intake = new Intake(() => this.#clock.monotonic());
  readonly #detach = this.#clock.attach();
  readonly #acceptor: WebSocketServer;
  readonly #dialling = new Set<AbortController>();
  readonly #connections = new Set<WebSocketConnection>();
  readonly #servers: Server[] = [];
  /** Each resolves when a server that listens no more has answered all that it was asked. */
  readonly #served: Promise<void>[] = [];
  #edge: HttpEdge | undefined;
  #webSockets: WebSocketEdge | undefined;
  #gate: TlsGate | undefined;
  #unix: UnixListener | undefined;
  #credentials: Promise<Credentials> | undefined;
  #handlers: TransportHandlers | undefined;
  /** Who has come before everything listens. */
  #early: (() => void)[] | undefined = [];
  #pings: Timer | undefined;
  #reloads: Timer | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: WebSocketTransportOptions = {}) {
    const defaults = {
      ip: '127.0.0.1',
      port: 0,
      tcp: true,
      tlsReloadIntervalMs: 0,
      unixMode: unixModeDefault,
      allowedOrigins: [],
      ...limitsOf(options),
    };
    this.#options = withDefaults<Defaulted & WebSocketTransportOptions>(defaults, options);
    this.secure = options.tls !== undefined;
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
    const { advertiseIp = this.#options.ip, advertisePort, ip, port, tcp, unixMode, unixPath } = this.#options;
    this.#check(advertiseIp);
    const credentials = await this.#loaded();
    for (const warning of credentials === undefined ? [] : certificateWarnings(credentials, this.#clock.now())) {
      handlers.warn?.(warning);
    }
    if (unixPath !== undefined) {
      const server = this.#server(handlers);
      this.#unix = await listenOnPath(server, unixPath, unixMode);
      watchErrors(server, handlers);
    }
    let address = formatUnixAddress(unixPath ?? '');
    if (tcp) {
      const server = this.#server(handlers);
      if (credentials !== undefined) this.#gate = this.#guard(server, credentials, handlers);
      try {
        await listening(server, ip, port);
      } catch (error) {
        await this.close();
        throw error;
      }
      watchErrors(server, handlers);
      address = formatAddress(advertiseIp, advertisePort ?? (server.address() as AddressInfo).port);
    }
    this.#watchSilence();
    this.#watchFiles(handlers);
    this.#handlers = handlers;
    const early = this.#early;
    this.#early = undefined;
    // When the caller has the address, which it tells everybody.
    if (early !== undefined && early.length > 0) {
      this.#clock.timer(0, () => {
        for (const serve of early) serve();
      });
    }
    return address;
  }

  async connect(address: string, signal: AbortSignal): Promise<Connection> {
    const giveUp = new AbortController();
    const abort = (): void => {
      giveUp.abort();
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#dialling.add(giveUp);
    try {
      if (this.#closed !== undefined || signal.aborted) throw new Error('it was given up');
      const { tls } = this.#options;
      const credentials = await this.#loaded();
      const secure = tls === undefined || credentials === undefined ? undefined : { options: tls, credentials };
      return await this.#greetAt(address, await dial(address, giveUp.signal, secure), giveUp.signal);
    } catch (error) {
      const reason = giveUp.signal.aborted ? 'it was given up' : tlsErrorText(error);
      throw new ProcessError('CONNECTION_FAILED', `Cannot connect to ${address}: ${reason}`, { cause: error });
    } finally {
      signal.removeEventListener('abort', abort);
      this.#dialling.delete(giveUp);
    }
  }

  /**
   * Reads certificates, key and CAs again, and uses them in every handshake from then on; connections that are open stay. Answers whether
   * anything has changed. Rejects with `TLS_INVALID` when they cannot be used: then those from before remain in use.
   */
  async reloadTls(): Promise<boolean> {
    const { tls } = this.#options;
    const before = await this.#loaded();
    if (tls === undefined || before === undefined) return false;
    const credentials = await loadCredentials(tls);
    if (credentials.digest === before.digest) return false;
    this.#credentials = Promise.resolve(credentials);
    this.#gate?.reload(credentials);
    for (const warning of certificateWarnings(credentials, this.#clock.now())) this.#handlers?.warn?.(warning);
    return true;
  }

  stopServing(): void {
    this.#edge?.close();
    for (const server of this.#servers) {
      if (!server.listening) continue;
      this.#served.push(
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        }),
      );
      server.closeIdleConnections();
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const timer of [this.#pings, this.#reloads]) if (timer !== undefined) this.#clock.cancel(timer);
    for (const dialling of this.#dialling) dialling.abort();
    this.#gate?.close();
    // Frames that were sent leave first: `terminate` would drop them.
    const ends = [...this.#connections].map((connection) => connection.end('shutting down'));
    if (this.#webSockets !== undefined) ends.push(this.#webSockets.close(closeGraceMs));
    this.stopServing();
    ends.push(...this.#served);
    const forced = this.#clock.timer(closeGraceMs, () => {
      for (const server of this.#servers) server.closeAllConnections();
    });
    await this.#unix?.remove();
    await Promise.all(ends);
    this.#clock.cancel(forced);
    this.#detach();
  }

  #check(advertiseIp: string): void {
    const { tcp, unixPath } = this.#options;
    if (!tcp && unixPath === undefined) {
      throw new ProcessError('ADDRESS_INVALID', 'Without a port there must be a unixPath to be reached at');
    }
    const problem = unixPath === undefined ? undefined : unixPathProblem(unixPath);
    if (problem !== undefined) throw new ProcessError('ADDRESS_INVALID', `Cannot listen on '${unixPath}': ${problem}`);
    if (tcp) checkAdvertised(advertiseIp);
  }

  async #loaded(): Promise<Credentials | undefined> {
    const { tls } = this.#options;
    if (tls === undefined) return undefined;
    this.#credentials ??= loadCredentials(tls);
    return this.#credentials;
  }

  #server(handlers: TransportHandlers): Server {
    const served: TransportHandlers = {
      ...handlers,
      request: (request, connection) =>
        this.#early === undefined
          ? handlers.request(request, connection)
          : new Promise((resolve) => {
              this.#whenListening(() => {
                resolve(handlers.request(request, connection));
              });
            }),
    };
    this.#edge ??= new HttpEdge(this.#options, this.#clock, served);
    this.#webSockets ??= new WebSocketEdge(this.#options, this.#clock, served);
    const server = createServer(this.#edge.serverOptions);
    this.#edge.attach(server);
    server.on('upgrade', (request, socket, head) => {
      this.#upgrade(server, request, socket, head, handlers);
    });
    this.#servers.push(server);
    return server;
  }

  /** Takes TLS off what comes in on a port. */
  #guard(server: Server, credentials: Credentials, handlers: TransportHandlers): TlsGate {
    const { handshakeTimeoutMs, tls = {}, ungreetedMax: unfinishedMax } = this.#options;
    const refused = (reason: string): void => handlers.tlsRefused?.(reason);
    const clock = this.#clock;
    return new TlsGate(server, { tls, credentials, clock, handshakeTimeoutMs, unfinishedMax, refused });
  }

  #whenListening(serve: () => void): void {
    if (this.#early === undefined) serve();
    else this.#early.push(serve);
  }

  /** Asks whoever is at the other end of a socket for a WebSocket. */
  #greetAt(address: string, raw: Socket, signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://${address.startsWith('unix:') ? 'localhost' : address}/`, subprotocol, {
        createConnection: () => raw,
        maxPayload: this.#options.frameBytesMax,
        perMessageDeflate: false,
        autoPong: false,
        followRedirects: false,
      });
      const abort = (): void => {
        socket.terminate();
      };
      const closed = (): void => {
        signal.removeEventListener('abort', abort);
      };
      // Where it does not open, for good: an error after the first must not be one that nobody listens to.
      socket.on('error', reject);
      socket.once('close', closed);
      socket.once('unexpected-response', (request, { statusCode = 0, statusMessage = '' }) => {
        reject(new Error(`it answered ${statusCode} ${statusMessage}`));
        request.destroy();
      });
      socket.once('open', () => {
        closed();
        const connection = this.#connection(socket, raw, { remote: address, dialled: true });
        // What is not needed any more would stay for as long as the connection.
        socket.removeAllListeners('unexpected-response');
        socket.off('close', closed);
        socket.off('error', reject);
        resolve(connection);
      });
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  #connection(
    socket: WebSocket,
    raw: Socket,
    of: Pick<WebSocketConnectionOptions, 'remote' | 'origin' | 'dialled'>,
  ): WebSocketConnection {
    const connection = new WebSocketConnection(socket, raw, { ...of, clock: this.#clock, intake: this.#intake });
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
    const isRuntime = offered.includes(subprotocol);
    // Runtimes are at the root.
    const isForRoute = !isRuntime && /^\/[^?]/.test(request.url ?? '');
    const isAllowed =
      origin === undefined || this.#allows(origin) || (isForRoute && isOrigin(origin, request.headers.host));
    if (!isAllowed) refuseUpgrade(socket, 403);
    else if (this.#closed !== undefined) refuseUpgrade(socket, 503);
    else if (isForRoute && this.#webSockets !== undefined) {
      void this.#webSockets.upgrade(request, socket, head);
      return;
    } else if (!isRuntime) refuseUpgrade(socket, 400);
    else {
      socket.on('error', () => {
        socket.destroy();
      });
      this.#acceptor.handleUpgrade(request, socket, head, (webSocket) => {
        const { remoteAddress, remotePort = 0 } = request.socket;
        const remote = remoteAddress === undefined ? 'a Unix socket' : formatAddress(remoteAddress, remotePort);
        const connection = this.#connection(webSocket, request.socket, { remote, origin });
        this.#whenListening(() => {
          handlers.connection(connection);
        });
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
      this.#ping([...this.#connections], 0);
      this.#watchSilence();
    });
  }

  #ping(connections: readonly WebSocketConnection[], first: number): void {
    const next = first + pingsAtOnce;
    for (const connection of connections.slice(first, next)) connection.ping();
    if (next >= connections.length || this.#closed !== undefined) return;
    nextTurn(() => {
      this.#ping(connections, next);
    });
  }

  /** Uses new certificates when there are any. One look at a time, so that slow disks make it rarer and not more. */
  #watchFiles(handlers: TransportHandlers): void {
    const { tlsReloadIntervalMs } = this.#options;
    if (tlsReloadIntervalMs <= 0 || !this.secure || this.#closed !== undefined) return;
    this.#reloads = this.#clock.timer(tlsReloadIntervalMs, () => {
      void this.reloadTls()
        .catch((error: unknown) =>
          handlers.warn?.(`TLS goes on with the certificates from before: ${errorText(error)}`),
        )
        .then(() => {
          this.#watchFiles(handlers);
        });
    });
  }
}

/** Whether a page of that origin was got from the host that it speaks to. */
function isOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

function watchErrors(server: Server, handlers: TransportHandlers): void {
  server.on('error', (error) => {
    handlers.refused?.(`accepting a connection failed: ${error.message}`);
  });
}

function checkAdvertised(ip: string): void {
  const problem =
    ip === '0.0.0.0' || canonicalIp(ip) === '::'
      ? 'nobody can connect to a wildcard: give advertiseIp, the address that others reach this runtime at'
      : isIP(ip) === 0
        ? 'it is not an IP address'
        : ip.includes('%')
          ? 'a zone means nothing on other machines'
          : undefined;
  if (problem !== undefined) throw new ProcessError('ADDRESS_INVALID', `Cannot be reached at '${ip}': ${problem}`);
}

const listenProblems: ReadonlyMap<string | undefined, string> = new Map([
  ['EACCES', 'ports below 1024 need a privilege'],
  ['EADDRINUSE', 'another program listens there'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
]);

function listenProblem({ code, message }: NodeJS.ErrnoException): string {
  const problem = listenProblems.get(code);
  return problem === undefined ? message : `${problem} (${code ?? ''})`;
}

function listening(server: Server, ip: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const text = `Cannot listen on ${formatAddress(ip, port)}: ${listenProblem(error)}`;
      reject(new ProcessError('CONNECTION_FAILED', text, { cause: error }));
    };
    server.once('error', fail);
    try {
      server.listen(port, ip, () => {
        server.off('error', fail);
        resolve();
      });
    } catch (error) {
      // A port that is none.
      fail(error as Error);
    }
  });
}
