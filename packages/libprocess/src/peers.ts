import { parseAddress } from './address.ts';
import { errorText } from './errors.ts';
import { Peer, duplicateReason, readHello } from './peer.ts';
import type { PeerHost, RemoteLink } from './peer.ts';
import type { Entry } from './frame.ts';
import type { Connection, Transport } from './transport.ts';

/** What `Peers` needs from its runtime. */
export type PeersHost = Omit<PeerHost, 'closed' | 'dirty' | 'renamed'> & {
  /** `flush` is to be called when the current turn's work is done. */
  flushLater(): void;
};

/**
 * The other runtimes that this one is in touch with: one connection for each. When two runtimes connect to each other at the same
 * moment, the attempt of the one with the smaller address prevails.
 */
export class Peers implements PeerHost {
  readonly runtime;
  readonly limits;
  readonly incarnation;
  readonly #host: PeersHost;
  readonly #transport: Transport;
  readonly #peers = new Map<string, Peer>();
  readonly #strangers = new Set<Connection>();
  #dirty: Peer[] = [];

  constructor(host: PeersHost, transport: Transport) {
    this.runtime = host.runtime;
    this.limits = host.limits;
    this.incarnation = host.incarnation;
    this.#host = host;
    this.#transport = transport;
  }

  /** How many runtimes there is a connection, or an attempt at one, with. */
  get size(): number {
    return new Set(this.#peers.values()).size;
  }

  send(address: string, entry: Entry): void {
    this.#peer(address).send(entry);
  }

  link(address: string, id: string, link: RemoteLink): void {
    this.#peer(address).link(id, link);
  }

  unlink(address: string, id: string, key: string): void {
    this.#peers.get(address)?.unlink(id, key);
  }

  /** Sends what has gathered during this turn. */
  flush(): void {
    if (this.#dirty.length === 0) return;
    const peers = this.#dirty;
    this.#dirty = [];
    for (const peer of peers) peer.flush();
  }

  /** Waits for the greeting on a connection that another runtime has made. */
  accept(connection: Connection): void {
    let peer: Peer | undefined;
    this.#strangers.add(connection);
    const timer = this.runtime.clock.timer(this.limits.handshakeTimeoutMs, () => {
      connection.close('no greeting');
    });
    const greeted = (): void => {
      this.#strangers.delete(connection);
      this.runtime.clock.cancel(timer);
    };
    connection.open({
      frame: (bytes) => {
        if (peer === undefined) {
          if (!this.#strangers.has(connection)) return;
          greeted();
          peer = this.#greeted(connection, bytes);
        } else {
          peer.receive(bytes, connection);
        }
      },
      close: (reason) => {
        greeted();
        peer?.disconnected(connection, reason);
      },
    });
  }

  /** Gives up every peer. */
  close(): void {
    for (const connection of this.#strangers) connection.close('shutting down');
    this.#strangers.clear();
    for (const peer of new Set(this.#peers.values())) {
      peer.flush();
      peer.fail('shutting down');
    }
  }

  deliver(...args: Parameters<PeerHost['deliver']>): void {
    this.#host.deliver(...args);
  }

  watch(...args: Parameters<PeerHost['watch']>): boolean {
    return this.#host.watch(...args);
  }

  unwatch(...args: Parameters<PeerHost['unwatch']>): void {
    this.#host.unwatch(...args);
  }

  dirty(peer: Peer): void {
    this.#dirty.push(peer);
    this.#host.flushLater();
  }

  renamed(peer: Peer, address: string): void {
    if (!this.#peers.has(address)) this.#peers.set(address, peer);
  }

  closed(peer: Peer): void {
    for (const address of [peer.dialled, peer.address]) {
      if (this.#peers.get(address) === peer) this.#peers.delete(address);
    }
  }

  #peer(address: string): Peer {
    let peer = this.#peers.get(address);
    if (peer === undefined) {
      peer = new Peer(address, this);
      this.#peers.set(address, peer);
      void this.runtime.track(peer.connect(this.#transport));
    }
    return peer;
  }

  #greeted(connection: Connection, bytes: Uint8Array): Peer | undefined {
    let address: string;
    try {
      ({ address } = readHello(bytes));
      parseAddress(address);
    } catch (error) {
      this.runtime.metrics.counter('libprocess/handshakes_failed').increment();
      this.runtime.logger.warn(`Refused the connection from ${connection.remote}: ${errorText(error)}`);
      connection.close(errorText(error));
      return undefined;
    }
    let peer = this.#peers.get(address);
    if (address === this.runtime.address || (peer?.stage === 'greeting' && this.runtime.address < address)) {
      connection.close(duplicateReason);
      return undefined;
    }
    if (peer?.stage === 'open') {
      peer.fail('the peer has connected anew');
      peer = undefined;
    }
    if (peer === undefined) {
      peer = new Peer(address, this);
      this.#peers.set(address, peer);
    }
    peer.adopt(connection);
    return peer;
  }
}
