import { Agent } from 'undici';
import type { ConnectionOptions } from 'node:tls';
import type { Dispatcher } from 'undici';

/** Options of `HttpPool`. Times are in milliseconds. */
export interface HttpPoolOptions {
  /** How long connecting may take, the handshake of TLS included. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** How long the header of an answer may take after the request has been sent. @default 60000 */
  readonly headersTimeoutMs?: number;
  /** How long the next piece of an answer's body may take; 0 for as long as it likes, as streams of events may. @default 60000 */
  readonly bodyTimeoutMs?: number;
  /** How long an unused connection is kept. @default 4000 */
  readonly idleTimeoutMs?: number;
  /** Connections to one origin; further requests wait for one. @default 16 */
  readonly connectionsMax?: number;
  /** Bytes of an answer's header. @default 16384 */
  readonly headerBytesMax?: number;
  /** Connects to this path of the file system, whatever the host of the URL. */
  readonly socketPath?: string;
  /** How `https` is spoken: CAs, certificate and key of the client, names; as in `tls.connect` of Node.js. */
  readonly tls?: Pick<
    ConnectionOptions,
    | 'ca'
    | 'cert'
    | 'checkServerIdentity'
    | 'ciphers'
    | 'key'
    | 'minVersion'
    | 'passphrase'
    | 'rejectUnauthorized'
    | 'servername'
  >;
}

/** Connections that are kept and used again. Clients of many actors may share one. */
export class HttpPool {
  readonly #agent: Agent;

  constructor(options: HttpPoolOptions = {}) {
    const { socketPath, tls = {} } = options;
    this.#agent = new Agent({
      connections: options.connectionsMax ?? 16,
      pipelining: 1,
      headersTimeout: options.headersTimeoutMs ?? 60_000,
      bodyTimeout: options.bodyTimeoutMs ?? 60_000,
      keepAliveTimeout: options.idleTimeoutMs ?? 4_000,
      maxHeaderSize: options.headerBytesMax ?? 16 * 1024,
      connect: {
        ...tls,
        timeout: options.connectTimeoutMs ?? 10_000,
        ...(socketPath === undefined ? {} : { socketPath }),
      },
    });
  }

  /** @internal */
  get dispatcher(): Dispatcher {
    return this.#agent;
  }

  /** Breaks off what is under way and ends the connections. Idempotent. */
  async close(): Promise<void> {
    if (!this.#agent.destroyed) await this.#agent.destroy();
  }
}
