import { ProcessError } from '../errors.ts';
import { isDialable } from './address.ts';
import { sameBytes } from './hello.ts';
import { discard, duplicateReason } from './ending.ts';
import { Peer } from './peer.ts';
import { Stranger } from './stranger.ts';
import { printable } from '../text.ts';
import { within } from '../actor/within.ts';
import type { X509Certificate } from 'node:crypto';
import type { PeerHost } from './peer-host.ts';
import type { RemoteLink } from './remote-links.ts';
import type { Runnable } from '../actor/run-queue.ts';
import type { Entry } from './frame.ts';
import type { Hello } from './hello.ts';
import type { StrangerHost } from './stranger.ts';
import type { Connection, Transport } from '../transport/transport.ts';

// How long a runtime that closes waits for peers that take nothing of what waits for them.
const emptying = { timeoutMs: 1_000, signal: undefined };

/** What `Peers` needs from its runtime. */
type PeersHost = Omit<PeerHost<Peer>, 'closed' | 'dirty' | 'introduced' | 'nextOrder' | 'track' | 'transport'> & {
  /** `flush` is to be called when the current turn's work is done. */
  flushLater(): void;
};

/**
 * The other runtimes that this one is in touch with: one connection for each. Whoever is connected to says first who it is, so that
 * somebody who dialled another address of a runtime it already knows finds out before anything depends on it. When two runtimes
 * connect to each other at the same moment, the attempt of the one with the smaller address prevails.
 */
export class Peers implements PeerHost<Peer>, StrangerHost {
  readonly runtime;
  readonly limits;
  readonly incarnation;
  readonly trust;
  readonly transport: Transport;
  readonly #host: PeersHost;
  readonly #peers = new Map<string, Peer>();
  readonly #strangers = new Set<Stranger>();
  #dirty: Peer[] = [];
  #order = 0;
  #closed = false;

  constructor(host: PeersHost, transport: Transport) {
    this.runtime = host.runtime;
    this.limits = host.limits;
    this.incarnation = host.incarnation;
    this.trust = host.trust;
    this.#host = host;
    this.transport = transport;
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
    if (reconnect && peer !== undefined && isDialable(address)) this.track(peer.reconnect());
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

  /** The verified certificate of the runtime at an address, where there is a connection with it that has one. */
  certificateOf(address: string): X509Certificate | undefined {
    return this.#peers.get(address)?.certificate;
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
    if (this.#closed) {
      this.#refuse(connection, 'shutting down');
      discard(connection, 'shutting down');
      return;
    }
    if (this.#strangers.size >= this.limits.ungreetedMax) {
      // Whoever means it greets at once. So those who have had the longest time make room, and nobody can lock others out by being slow.
      const [oldest] = this.#strangers;
      oldest?.giveWay();
    }
    this.#strangers.add(new Stranger(connection, this));
  }

  /** Resolves when the messages that wait have left, their peers were given up, or nobody has taken any of them for a while. */
  async emptied(): Promise<void> {
    const { clock } = this.runtime;
    const deadline = clock.monotonic() + this.limits.endTimeoutMs;
    this.flush();
    do {
      const full = [...new Set(this.#peers.values())].filter(({ waiting }) => waiting.messages > 0);
      if (full.length === 0) return;
      const bytes = bytesOf(full);
      const isEmpty = await within(clock, emptying, (emptied) => {
        void Promise.all(full.map((peer) => peer.drained())).then(emptied);
        return () => undefined;
      });
      if (!isEmpty && bytesOf(full) >= bytes) return;
    } while (clock.monotonic() < deadline);
  }

  /** Gives up every peer. */
  close(): void {
    this.#closed = true;
    // Strangers' timers end with their connections.
    for (const { connection } of this.#strangers) connection.close('shutting down');
    for (const peer of new Set(this.#peers.values())) {
      peer.flush();
      peer.fail('shutting down');
    }
  }

  deliver(...args: Parameters<PeerHost<Peer>['deliver']>): void {
    this.#host.deliver(...args);
  }

  watch(...args: Parameters<PeerHost<Peer>['watch']>): boolean {
    return this.#host.watch(...args);
  }

  unwatch(...args: Parameters<PeerHost<Peer>['unwatch']>): void {
    this.#host.unwatch(...args);
  }

  schedule(runnable: Runnable): void {
    this.#host.schedule(runnable);
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

  track(operation: Promise<void>): void {
    if (this.transport.simulated !== true) void this.runtime.track(operation);
  }

  hasShown(nonce: Uint8Array, asker: string): boolean {
    for (const stranger of this.#strangers) {
      if (stranger.nonce !== undefined && sameBytes(stranger.nonce, nonce)) return true;
    }
    return [...this.#peers.values()].some((peer) => peer.hasShown(nonce, asker));
  }

  check(connection: Connection, { address }: Hello): void {
    if (address === this.runtime.address) {
      throw new ProcessError('HANDSHAKE_FAILED', "A peer must not use this runtime's own address");
    }
    if (connection.origin !== undefined && isDialable(address)) {
      throw new ProcessError('HANDSHAKE_FAILED', `A web page is not at ${address}, where others can connect to`);
    }
  }

  incumbent({ address, resumes }: Hello, order: number): Peer | undefined {
    const peer = this.#peers.get(address);
    if (peer?.stage !== 'open' || resumes !== '' || !isDialable(address)) return undefined;
    return order < peer.order ? undefined : peer;
  }

  admit(connection: Connection, hello: Hello, order: number, proofs: readonly Uint8Array[]): Peer | undefined {
    const { address } = hello;
    const resumes = hello.resumes !== '';
    let peer = this.#peers.get(address);
    // Nobody can look who is at an address that cannot be connected to: it is the first one's for as long as the connection lasts.
    if (peer !== undefined && peer.incarnation !== hello.incarnation && !isDialable(address)) {
      throw new ProcessError('HANDSHAKE_FAILED', `${address} is another's`);
    }
    if (resumes && peer?.canResume(hello) !== true) {
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
      if (this.#isFull()) throw new ProcessError('HANDSHAKE_FAILED', 'There are too many peers');
      peer = new Peer(address, this);
      this.#name(peer, address);
    }
    peer.adopt(connection, hello, order, proofs);
    return peer;
  }

  settled(stranger: Stranger, refused?: string): void {
    this.#strangers.delete(stranger);
    if (refused !== undefined && !this.#closed) this.#refuse(stranger.connection, refused);
  }

  #name(peer: Peer, address: string): void {
    peer.names.add(address);
    this.#peers.set(address, peer);
  }

  #peer(address: string): Peer | undefined {
    let peer = this.#peers.get(address);
    if (peer === undefined) {
      if (!isDialable(address) || this.#isFull()) return undefined;
      peer = new Peer(address, this);
      this.#name(peer, address);
      this.track(peer.connect());
    }
    return peer;
  }

  /** Whether there is no room for another peer, which is then counted. */
  #isFull(): boolean {
    const isFull = this.#peers.size >= this.limits.peersMax;
    if (isFull) this.runtime.metrics.counter('libprocess/peers_refused').increment();
    return isFull;
  }

  /** Whether the connection, or attempt at one, that there is already stays, and another one of the same peer is not needed. */
  #prevails(peer: Peer, hello: Hello, order: number): boolean {
    // Whoever connects greets after we did. If our connection was open by then, the other end must have lost it to connect again. But if
    // it has opened since, the two have crossed, and the other end has given up the one that it greets on.
    const resumes = hello.resumes !== '';
    if (peer.stage === 'open') return !resumes && order < peer.order;
    if (peer.stage !== 'greeting' || peer.resumes !== resumes || this.runtime.address > hello.address) return false;
    // A peer that has been started anew meanwhile does not know of our attempt.
    return peer.incarnation === hello.incarnation || order < peer.order;
  }

  #refuse(connection: Connection, reason: string): void {
    this.runtime.metrics.counter('libprocess/handshakes_failed').increment();
    this.runtime.logger.warn(printable(`Refused the connection from ${connection.remote}: ${reason}`));
  }
}

function bytesOf(peers: readonly Peer[]): number {
  return peers.reduce((sum, { waiting }) => sum + waiting.bytes, 0);
}
