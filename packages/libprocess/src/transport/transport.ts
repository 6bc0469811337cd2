import type { X509Certificate } from 'node:crypto';
import type { HttpResponse, TransportRequest } from '../http/message.ts';

/** What a connection tells its owner. All are called from the event loop, never from inside a call of the owner. */
export interface ConnectionHandlers {
  /** A whole frame arrived. Frames arrive once, unaltered and in the order in which they were sent. */
  frame(bytes: Uint8Array): void;
  /** The connection ended, for whatever reason. Called exactly once; no frame follows. */
  close(reason: string): void;
  /** Everything that was sent has left this OS process: `bufferedBytes` was above 0 and is so no more. */
  drain?(): void;
}

/** Options of `Connection.open`. */
export interface OpenOptions {
  /** A first frame of more bytes ends the connection, before much of it is in memory where the transport can tell. @default any size */
  readonly firstFrameBytesMax?: number;
}

/** What a transport knows of the other end of a connection by itself, whatever that end says. */
export interface Evidence {
  /** The IP address that the other end is at, where there is one. */
  readonly ip?: string | undefined;
  /** The certificate that the other end has shown and that was verified. */
  readonly certificate?: X509Certificate | undefined;
  /** Bytes that both ends of this very TLS connection know and nobody else (RFC 9266); absent without TLS. */
  readonly channelBinding?: Uint8Array | undefined;
}

/** A two-way, ordered stream of frames between two runtimes. */
export interface Connection {
  /** Where the other end is, for logs only. */
  readonly remote: string;
  /** The origin (RFC 6454) of the web page at the other end; none for anything else. */
  readonly origin?: string | undefined;
  /** @default nothing is known */
  readonly evidence?: Evidence;
  /** Bytes that were sent and have not left this OS process yet. When they have, `drain` of the handlers is called. */
  readonly bufferedBytes: number;
  /** Names who hears of frames and of the end. Nothing that arrived before is lost. To be called once. */
  open(handlers: ConnectionHandlers, options?: OpenOptions): void;
  /** Sends a frame, whose memory is the connection's from then on; without effect when the connection has ended. */
  send(frame: Uint8Array): void;
  /**
   * Asks the other end for a sign of life, and calls back when it has given one; without effect when the connection has ended. Where this
   * is not there, nobody can tell a connection that is alive from one that is not.
   */
  probe?(alive: () => void): void;
  /** Ends the connection. With a reason, the other end is told; frames already sent are still delivered if it listens. */
  close(reason: string): void;
}

/** What a transport tells its runtime. */
export interface TransportHandlers {
  /** Another runtime has connected. */
  connection(connection: Connection): void;
  /**
   * Answers an HTTP request that came in on the same port; never rejects. Transports without HTTP never call it.
   * @param connection What it came in on: the requests of one are handled in the order in which they arrived.
   */
  request(request: TransportRequest, connection?: object): Promise<HttpResponse>;
  /** The answer to an HTTP request could not be written to its end. */
  brokenOff?(reason: string): void;
  /** Somebody on the same port sent what is neither an acceptable HTTP request nor an acceptable attempt to connect. */
  refused?(reason: string): void;
  /** Somebody did not get through the TLS handshake. */
  tlsRefused?(reason: string): void;
  /** Something that an operator should know. */
  warn?(text: string): void;
}

/** How runtimes reach each other. `WebSocketTransport` crosses the network; `MemoryTransport` stays within the OS process. */
export interface Transport {
  /** Whether connecting takes time of a clock that a test moves: then that clock does not wait for it. @default false */
  readonly simulated?: boolean;
  /** Whether it speaks TLS, and its HTTP is HTTPS. @default false */
  readonly secure?: boolean;
  /** Starts to accept connections and answers the address that others reach this runtime at, `ip:port` or `unix:/path`. To be called once. */
  listen(handlers: TransportHandlers): Promise<string>;
  /** Connects to another runtime's address. Rejects with `CONNECTION_FAILED`; gives up when the signal aborts. */
  connect(address: string, signal: AbortSignal): Promise<Connection>;
  /** Reads certificates again, for handshakes to come, and answers whether there are other ones. Rejects when they cannot be used. */
  reloadTls?(): Promise<boolean>;
  /**
   * Accepts nobody any more and answers no further HTTP requests; what is being answered is, and connections with other runtimes stay.
   * Idempotent.
   */
  stopServing?(): void;
  /** Stops to listen and ends every connection. Idempotent. */
  close(): Promise<void>;
}
