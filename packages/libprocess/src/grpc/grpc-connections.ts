import { Client, credentials as channelCredentials } from '@grpc/grpc-js';
import { Process } from '../actor/process.ts';
import { withoutListenerWarning } from '../actor/lifetime.ts';
import { ProcessError } from '../errors.ts';
import { GrpcClient } from './grpc-client.ts';
import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import type { GrpcClientOptions, Lease } from './grpc-client.ts';
import type { PID } from '../actor/pid.ts';
import type { ProcessRuntime } from '../actor/process.ts';
import type { Timer } from '../time/clock.ts';

/** Options of `GrpcConnections`. */
export interface GrpcConnectionsOptions {
  /** After which time without a call a connection is ended, in milliseconds; the next call makes another. @default 60,000 */
  readonly idleTimeoutMs?: number;
  /** How long closing waits for the calls that are under way, in milliseconds, before it cancels them. @default 10,000 */
  readonly drainTimeoutMs?: number;
  /** More options of `@grpc/grpc-js`, such as `grpc.max_receive_message_length`. */
  readonly channel?: ChannelOptions;
}

interface Connection {
  readonly client: Client;
  calls: number;
  /** Ends it, while there are no calls. */
  idle: Timer | undefined;
}

/** Ends the connections with the runtime, in the order of actors: those that were spawned later may still use them. */
class Keeper extends Process {
  readonly #drain: () => Promise<void>;

  constructor(drain: () => Promise<void>) {
    super();
    this.#drain = drain;
  }

  protected override finalize(): Promise<void> {
    return this.#drain();
  }
}

/**
 * The gRPC connections of a runtime: one for each server and credentials, made at the first call and shared by all clients. They end when
 * nobody has used them for a while, with `close`, and with the runtime.
 */
export class GrpcConnections implements AsyncDisposable {
  readonly #runtime: ProcessRuntime;
  readonly #options: GrpcConnectionsOptions;
  readonly #keeper: PID;
  /** By credentials, then by target. */
  readonly #connections = new Map<ChannelCredentials, Map<string, Connection>>();
  readonly #insecure = channelCredentials.createInsecure();
  readonly #ending = new AbortController();
  #calls = 0;
  #isClosed = false;
  #whenDrained: (() => void) | undefined;

  constructor(runtime: ProcessRuntime, options: GrpcConnectionsOptions = {}) {
    this.#runtime = runtime;
    this.#options = options;
    withoutListenerWarning(this.#ending.signal);
    this.#keeper = runtime.spawn(new Keeper(() => this.#drain()));
  }

  /** How many connections there are, and how many calls are under way over them. */
  get size(): { readonly connections: number; readonly calls: number } {
    const connections = [...this.#connections.values()].reduce((total, targets) => total + targets.size, 0);
    return { connections, calls: this.#calls };
  }

  /**
   * A client of a server. It is cheap: the connection is shared, and made when it is needed.
   * @param target As in gRPC's naming: `host:port`, `dns:///host:port`, `unix:/path`, ...
   */
  client(target: string, { owner, credentials = this.#insecure }: GrpcClientOptions = {}): GrpcClient {
    return new GrpcClient(this.#runtime, owner, () => this.#lease(target, credentials));
  }

  /** Refuses further calls with `CLOSED`, waits for those under way, cancels what takes too long, and ends the connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#runtime.terminate(this.#keeper);
    await this.#runtime.wait(this.#keeper);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #lease(target: string, credentials: ChannelCredentials): Lease {
    if (this.#isClosed) throw closedError();
    const { clock } = this.#runtime;
    const connection = this.#connection(target, credentials);
    if (connection.idle !== undefined) clock.cancel(connection.idle);
    connection.idle = undefined;
    connection.calls++;
    this.#calls++;
    return {
      client: connection.client,
      signal: this.#ending.signal,
      release: () => {
        connection.calls--;
        this.#calls--;
        if (this.#calls === 0) this.#whenDrained?.();
        if (connection.calls > 0 || this.#isClosed) return;
        connection.idle = clock.timer(this.#options.idleTimeoutMs ?? 60_000, () => {
          this.#connections.get(credentials)?.delete(target);
          connection.client.close();
        });
      },
    };
  }

  #connection(target: string, credentials: ChannelCredentials): Connection {
    let targets = this.#connections.get(credentials);
    if (targets === undefined) {
      targets = new Map();
      this.#connections.set(credentials, targets);
    }
    let connection = targets.get(target);
    if (connection === undefined) {
      // Else all runtimes of an OS process would share what is connected.
      const options = { 'grpc.use_local_subchannel_pool': 1, ...this.#options.channel };
      connection = { client: new Client(target, credentials, options), calls: 0, idle: undefined };
      targets.set(target, connection);
    }
    return connection;
  }

  async #drain(): Promise<void> {
    this.#isClosed = true;
    if (this.#calls > 0) {
      const { clock } = this.#runtime;
      await new Promise<void>((resolve) => {
        const timer = clock.timer(this.#options.drainTimeoutMs ?? 10_000, resolve);
        this.#whenDrained = () => {
          clock.cancel(timer);
          resolve();
        };
      });
      this.#ending.abort(closedError());
    }
    for (const targets of this.#connections.values()) {
      for (const { client, idle } of targets.values()) {
        if (idle !== undefined) this.#runtime.clock.cancel(idle);
        client.close();
      }
    }
    this.#connections.clear();
  }
}

function closedError(): ProcessError {
  return new ProcessError('CLOSED', 'The gRPC connections have been closed');
}
