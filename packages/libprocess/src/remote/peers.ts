import { ProcessError, errorText } from '../errors.ts';
import { isDialable } from './address.ts';
import { control, decodeFrame, encodeFrame, wireVersion } from './frame.ts';
import { Peer, discard, duplicateReason, readHello } from './peer.ts';
import { printable } from '../text.ts';
import type { Hello, PeerHost, RemoteLink } from './peer.ts';
import type { Entry } from './frame.ts';
import type { Connection, Transport } from '../transport/transport.ts';

/** What `Peers` needs from its runtime. */
export type PeersHost = Omit<PeerHost, 'closed' | 'dirty' | 'introduced' | 'nextOrder'> & {
  /** `flush` is to be called when the current turn's work is done. */
  flushLater(): void;
};

// A greeting is an address and an incarnation, and whoever has not greeted is a stranger.
const greetingBytesMax = 8_192;

/**
 * The other runtimes that this one is in touch with: one connection for each. Whoever is connected to says first who it is, so that
 * somebody who dialled another address of a runtime it already knows finds out before anything depends on it. When two runtimes
 * connect to each other at the same moment, the attempt of the one with the smaller address prevails.
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
  #order = 0;
  #closed = false;

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

  /** Answers false when nobody can be there. */
  send(address: string, entry: Entry): boolean {
    const peer = this.#peer(address);
    peer?.send(entry);
    return peer !== undefined;
  }

  /**
   * Answers false when nobody can be there.
   * @param reconnect Whether a new connection is to take the place of an open one, where the peer can be connected to.
   */
  link(address: string, id: string, link: RemoteLink, reconnect: boolean): boolean {
    const peer = this.#peer(address);
    if (reconnect && peer !== undefined && isDialable(address)) this.#track(peer.reconnect(this.#transport));
    peer?.link(id, link);
    return peer !== undefined;
  }

  unlink(address: string, id: string, key: string): void {
    this.#peers.get(address)?.unlink(id, key);
  }

  /** Bytes and messages that wait to be sent, over all peers. */
  get waiting(): { readonly bytes: number; readonly messages: number } {
    let bytes = 0;
    let messages = 0;
    for (const { waiting } of new Set(this.#peers.values())) {
      bytes += waiting.bytes;
      messages += waiting.messages;
    }
    return { bytes, messages };
  }

  /** Resolves when nothing waits to be sent to an address any more. */
  drained(address: string): Promise<void> {
    return this.#peers.get(address)?.drained() ?? Promise.resolve();
  }

  /** Sends what has gathered during this turn. */
  flush(): void {
    if (this.#dirty.length === 0) return;
    const peers = this.#dirty;
    this.#dirty = [];
    for (const peer of peers) peer.flush();
  }

  /** Greets on a connection that another runtime has made, and waits for its greeting. */
  accept(connection: Connection): void {
    if (this.#closed || this.#strangers.size >= this.limits.ungreetedMax) {
      this.#refuse(connection, this.#closed ? 'shutting down' : 'too many connections wait for a greeting');
      discard(connection, 'no room');
      return;
    }
    let peer: Peer | undefined;
    const order = this.nextOrder();
    this.#strangers.add(connection);
    const timer = this.runtime.clock.timer(this.limits.handshakeTimeoutMs, () => {
      refuse('no greeting in time');
    });
    const met = (): boolean => {
      this.runtime.clock.cancel(timer);
      return this.#strangers.delete(connection);
    };
    const refuse = (reason: string): void => {
      met();
      this.#refuse(connection, reason);
      connection.close(reason);
    };
    connection.open(
      {
        frame: (bytes) => {
          if (peer !== undefined) {
            peer.receive(bytes, connection);
          } else if (met()) {
            try {
              peer = this.#greeted(connection, bytes, order);
            } catch (error) {
              refuse(errorText(error));
            }
          }
        },
        close: (reason) => {
          if (met() && reason !== duplicateReason && !this.#closed) this.#refuse(connection, reason);
          peer?.disconnected(connection, reason);
        },
        drain: () => {
          peer?.drain(connection);
        },
      },
      { firstFrameBytesMax: greetingBytesMax },
    );
    connection.send(encodeFrame([[control.hello, wireVersion, this.runtime.address, this.incarnation]]));
  }

  /** Gives up every peer. */
  close(): void {
    this.#closed = true;
    // Strangers' timers end with their connections.
    for (const connection of this.#strangers) connection.close('shutting down');
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

  nextOrder(): number {
    return ++this.#order;
  }

  introduced(peer: Peer, address: string): Peer | undefined {
    const known = this.#peers.get(address);
    if (known === undefined || known === peer) {
      this.#name(peer, address);
      return undefined;
    }
    for (const name of peer.names) this.#name(known, name);
    return known;
  }

  closed(peer: Peer): void {
    for (const name of peer.names) if (this.#peers.get(name) === peer) this.#peers.delete(name);
  }

  #name(peer: Peer, address: string): void {
    peer.names.add(address);
    this.#peers.set(address, peer);
  }

  #peer(address: string): Peer | undefined {
    let peer = this.#peers.get(address);
    if (peer === undefined) {
      if (!isDialable(address)) return undefined;
      peer = new Peer(address, this);
      this.#name(peer, address);
      this.#track(peer.connect(this.#transport));
    }
    return peer;
  }

  #track(connecting: Promise<void>): void {
    if (this.#transport.simulated !== true) void this.runtime.track(connecting);
  }

  #greeted(connection: Connection, bytes: Uint8Array, order: number): Peer | undefined {
    const entries = decodeFrame(bytes);
    if (entries.length !== 1) throw new ProcessError('HANDSHAKE_FAILED', 'Expected a greeting and nothing else');
    const hello = readHello(entries[0]);
    const { address, incarnation, resumes } = hello;
    if (address === this.runtime.address) {
      throw new ProcessError('HANDSHAKE_FAILED', "A peer must not use this runtime's own address");
    }
    if (connection.origin !== undefined && isDialable(address)) {
      throw new ProcessError('HANDSHAKE_FAILED', `A web page is not at ${address}, where others can connect to`);
    }
    let peer = this.#peers.get(address);
    // Nobody can look who is at an address that cannot be connected to: it is the first one's for as long as the connection lasts.
    if (peer !== undefined && peer.incarnation !== incarnation && !isDialable(address)) {
      throw new ProcessError('HANDSHAKE_FAILED', `${address} is another's`);
    }
    if (resumes && peer?.canResume(incarnation) !== true) {
      throw new ProcessError('HANDSHAKE_FAILED', 'There is no connection to take the place of');
    }
    if (peer !== undefined && this.#prevails(peer, hello, order)) {
      connection.close(duplicateReason);
      return undefined;
    }
    if (!resumes && (peer?.stage === 'open' || peer?.resumes === true)) {
      peer.fail('the peer has connected anew');
      peer = undefined;
    }
    if (peer === undefined) {
      peer = new Peer(address, this);
      this.#name(peer, address);
    }
    peer.adopt(connection, incarnation, order);
    return peer;
  }

  /** Whether the connection, or attempt at one, that there is already stays, and another one of the same peer is not needed. */
  #prevails(peer: Peer, hello: Hello, order: number): boolean {
    // Whoever connects greets after we did. If our connection was open by then, the other end must have lost it to connect again. But if
    // it has opened since, the two have crossed, and the other end has given up the one that it greets on.
    if (peer.stage === 'open') return !hello.resumes && order < peer.order;
    if (peer.stage !== 'greeting' || peer.resumes !== hello.resumes || this.runtime.address > hello.address)
      return false;
    // A peer that has been started anew meanwhile does not know of our attempt.
    return peer.incarnation === hello.incarnation || order < peer.order;
  }

  #refuse(connection: Connection, reason: string): void {
    this.runtime.metrics.counter('libprocess/handshakes_failed').increment();
    this.runtime.logger.warn(printable(`Refused the connection from ${connection.remote}: ${reason}`));
  }
}
