import { formatAddress } from '../remote/address.ts';
import { ProcessError } from '../errors.ts';
import type { Connection, ConnectionHandlers, OpenOptions, Transport, TransportHandlers } from './transport.ts';

/** A network within one OS process: what `MemoryTransport`s of one `MemoryNetwork` can reach. */
export class MemoryNetwork {
  readonly #listeners = new Map<string, MemoryTransport>();
  #hosts = 0;

  /** A transport with an address of its own: 10.0.0.1:5050, 10.0.0.2:5050, ... unless one is given. */
  transport(address?: string): MemoryTransport {
    this.#hosts++;
    const host = `10.${(this.#hosts >>> 16) & 255}.${(this.#hosts >>> 8) & 255}.${this.#hosts & 255}`;
    return new MemoryTransport(this, address ?? formatAddress(host, 5050));
  }

  /** @internal */
  bind(address: string, transport: MemoryTransport): void {
    if (this.#listeners.has(address)) {
      throw new ProcessError('CONNECTION_FAILED', `Address ${address} is already in use`);
    }
    this.#listeners.set(address, transport);
  }

  /** @internal */
  unbind(address: string, transport: MemoryTransport): void {
    if (this.#listeners.get(address) === transport) this.#listeners.delete(address);
  }

  /** @internal */
  at(address: string): MemoryTransport | undefined {
    return this.#listeners.get(address);
  }
}

class MemoryConnection implements Connection {
  readonly remote: string;
  readonly bufferedBytes = 0;
  peer: MemoryConnection | undefined;
  readonly #onEnd: (connection: MemoryConnection) => void;
  #handlers: ConnectionHandlers | undefined;
  #waiting: (() => void)[] = [];
  #ended = false;
  #nextFrameBytesMax = Infinity;

  constructor(remote: string, onEnd: (connection: MemoryConnection) => void) {
    this.remote = remote;
    this.#onEnd = onEnd;
  }

  open(handlers: ConnectionHandlers, { firstFrameBytesMax = Infinity }: OpenOptions = {}): void {
    this.#nextFrameBytesMax = firstFrameBytesMax;
    this.#handlers = handlers;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const action of waiting) queueMicrotask(action);
  }

  send(frame: Uint8Array): void {
    if (this.#ended) return;
    // As on a socket, the receiver gets bytes of its own, in a Buffer.
    const copy = Buffer.from(frame);
    const { peer } = this;
    peer?.arrive((handlers) => {
      if (peer.accepts(copy)) handlers.frame(copy);
    });
  }

  probe(alive: () => void): void {
    this.peer?.arrive(() => {
      this.arrive(alive);
    });
  }

  close(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd(this);
    this.arrive((handlers) => {
      handlers.close(reason);
    }, true);
    this.peer?.end(reason);
  }

  accepts(frame: Uint8Array): boolean {
    const accepted = frame.length <= this.#nextFrameBytesMax;
    this.#nextFrameBytesMax = Infinity;
    if (!accepted) this.close('the first frame is too long');
    return accepted;
  }

  arrive(action: (handlers: ConnectionHandlers) => void, evenIfEnded = false): void {
    const run = (): void => {
      if (this.#handlers !== undefined && (evenIfEnded || !this.#ended)) action(this.#handlers);
    };
    if (this.#handlers === undefined) this.#waiting.push(run);
    else queueMicrotask(run);
  }

  end(reason: string): void {
    this.arrive((handlers) => {
      if (this.#ended) return;
      this.#ended = true;
      this.#onEnd(this);
      handlers.close(reason);
    });
  }
}

/** Frames between runtimes of one OS process, without sockets: for tests under virtual time and for embedding. */
export class MemoryTransport implements Transport {
  readonly address: string;
  readonly #network: MemoryNetwork;
  readonly #connections = new Set<MemoryConnection>();
  #handlers: TransportHandlers | undefined;

  /** Made by `MemoryNetwork.transport`. */
  constructor(network: MemoryNetwork, address: string) {
    this.#network = network;
    this.address = address;
  }

  listen(handlers: TransportHandlers): Promise<string> {
    try {
      this.#network.bind(this.address, this);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#handlers = handlers;
    return Promise.resolve(this.address);
  }

  connect(address: string, signal: AbortSignal): Promise<Connection> {
    if (signal.aborted) {
      return Promise.reject(new ProcessError('CONNECTION_FAILED', `Connecting to ${address} was given up`));
    }
    const target = this.#network.at(address);
    if (target === undefined) {
      return Promise.reject(
        new ProcessError('CONNECTION_FAILED', `Cannot connect to ${address}: nobody listens there`),
      );
    }
    const near = this.#connection(address);
    const far = target.#connection(this.address);
    near.peer = far;
    far.peer = near;
    queueMicrotask(() => {
      if (target.#handlers === undefined) far.close('the transport was closed');
      else target.#handlers.connection(far);
    });
    return Promise.resolve(near);
  }

  close(): Promise<void> {
    this.#handlers = undefined;
    this.#network.unbind(this.address, this);
    for (const connection of this.#connections) connection.close('the transport was closed');
    return Promise.resolve();
  }

  #connection(remote: string): MemoryConnection {
    const connection = new MemoryConnection(remote, (ended) => this.#connections.delete(ended));
    this.#connections.add(connection);
    return connection;
  }
}
