import { canonicalAddress } from './address.ts';
import { control, decodeFrame, encodeFrame, isMessage, wireVersion } from './frame.ts';
import { Handover } from './handover.ts';
import { Outbound } from './outbound.ts';
import { ProcessError, errorText } from '../errors.ts';
import { PID, isProcessId } from '../actor/pid.ts';
import { printable } from '../text.ts';
import type { Timer } from '../time/clock.ts';
import type { ExitReason } from '../actor/event.ts';
import type { Entry, HelloEntry } from './frame.ts';
import type { Limits } from '../limits.ts';
import type { ProcessRuntime } from '../actor/process.ts';
import type { Connection, Transport } from '../transport/transport.ts';

/** Somebody here who is linked to an actor of a peer. */
export interface RemoteLink {
  readonly key: string;
  readonly notify: (reason: ExitReason) => void;
}

/** What a peer needs from its runtime. */
export interface PeerHost {
  readonly runtime: ProcessRuntime;
  readonly limits: Limits;
  readonly incarnation: string;
  /** A message arrived for a local actor. */
  deliver(to: string, from: PID, name: string, body: unknown): void;
  /** The peer wants to hear, by `notify`, of a local actor's end; false when there is no such actor. */
  watch(id: string, key: string, notify: () => void): boolean;
  unwatch(id: string, key: string): void;
  /** The peer has something to send at the end of this turn. */
  dirty(peer: Peer): void;
  /** A number that grows with every connection that is greeted on here, and every one of ours that the other end greets or welcomes. */
  nextOrder(): number;
  /** The peer's runtime calls itself by this address. Answers the other peer that is known by it already, if there is one. */
  introduced(peer: Peer, address: string): Peer | undefined;
  /** The peer is gone; a new one is made when somebody has something to send. */
  closed(peer: Peer): void;
}

// Distinct actors of a peer whose PIDs are kept.
const pidsMax = 10_000;

/** Why a connection was refused because the other end's own attempt to connect prevails. */
export const duplicateReason = 'duplicate';

/** Why a connection is closed in whose place its end has made another. */
export const resumedReason = 'resumed on another connection';

/** A connection that is to take the place of the open one. */
interface Successor {
  /** Undefined before there is one, and from when it has become the connection. */
  connection: Connection | undefined;
  /** The actors that were linked to since it was asked for. */
  readonly links: Set<string>;
}

/**
 * Another runtime: the one connection to it, what waits to be sent, and the links over it. It ends with its connection. Nothing is
 * resent, so that between two actors messages arrive in order, at most once, with no gap before an `exited`. Only when an actor asks for
 * a new connection, because it does not trust the one that there is, links go on over another; what was under way may then be lost.
 */
export class Peer {
  /** The addresses that the peer is known by here: the one that was dialled and the one that it calls itself by. */
  readonly names = new Set<string>();
  #incarnation: string | undefined;
  #order = 0;
  #address: string;
  readonly #dialled: string;
  readonly #host: PeerHost;
  readonly #links = new Map<string, Map<string, RemoteLink>>();
  readonly #watched = new Set<string>();
  readonly #pids = new Map<string, PID>();
  #dial = new AbortController();
  #successor: Successor | undefined;
  /** The connection whose place another has taken, until it has been read to its end. */
  #handover: Handover | undefined;
  /** Whether the peer has said that it sends nothing more on the connection. */
  #heardLast = false;
  /** The actors that were linked to over the connection before this one, from its end until the new one is agreed on. */
  #resuming: readonly string[] | undefined;
  readonly #outbound: Outbound;
  #connection: Connection | undefined;
  #stage: 'connecting' | 'greeting' | 'awaited' | 'open' | 'closed' = 'connecting';
  #timer: Timer | undefined;
  #dirty = false;

  constructor(address: string, host: PeerHost) {
    this.#address = address;
    this.#dialled = address;
    this.#host = host;
    const addressNow = (): string => this.#address;
    this.#outbound = new Outbound({
      runtime: host.runtime,
      limits: host.limits,
      get address() {
        return addressNow();
      },
      overflowed: (reason) => {
        this.fail(reason);
      },
    });
  }

  /** The address that the peer's runtime calls itself by. */
  get address(): string {
    return this.#address;
  }

  /** Which start of the peer's runtime this is; undefined until it has greeted. */
  get incarnation(): string | undefined {
    return this.#incarnation;
  }

  /** Where its connection stands among all that were greeted on here and all of ours that were greeted or welcomed. */
  get order(): number {
    return this.#order;
  }

  get stage(): string {
    return this.#stage;
  }

  /** Bytes and messages that wait to be sent. */
  get waiting(): { readonly bytes: number; readonly messages: number } {
    return this.#outbound;
  }

  /** Whether a new connection is being made that takes the place of another, with its links. */
  get resumes(): boolean {
    return this.#resuming !== undefined;
  }

  /** Whether links can go on over a new connection from a runtime of that incarnation. */
  canResume(incarnation: string): boolean {
    return this.#incarnation === incarnation && (this.#stage === 'open' || this.resumes);
  }

  /** Connects, greets, and sends what has been waiting. */
  async connect(transport: Transport): Promise<void> {
    this.#limitTime('connecting took too long');
    let connection: Connection;
    try {
      connection = await transport.connect(this.#dialled, this.#dial.signal);
    } catch (error) {
      if (this.#stage === 'connecting') this.fail(errorText(error));
      return;
    }
    if (this.#stage !== 'connecting') {
      discard(connection, duplicateReason);
      return;
    }
    this.#connection = connection;
    this.#open(connection);
  }

  /**
   * Makes a new connection, which takes the place of the open one as soon as the peer has been heard on it. Where that fails, the peer is
   * given up. Without effect while the first connection is being made.
   */
  async reconnect(transport: Transport): Promise<void> {
    if (this.#stage !== 'open' || this.#successor !== undefined) return;
    const successor: Successor = { connection: undefined, links: new Set() };
    this.#successor = successor;
    this.#limitTime('connecting anew took too long');
    this.#dial = new AbortController();
    try {
      const connection = await transport.connect(this.#dialled, this.#dial.signal);
      if (this.#successor !== successor) {
        discard(connection, duplicateReason);
        return;
      }
      successor.connection = connection;
      this.#open(connection);
    } catch (error) {
      if (this.#successor === successor) this.fail(errorText(error));
    }
  }

  /**
   * Takes over a connection that the peer has made and greeted on, in place of an attempt of our own or, where the peer resumes, of the
   * open one.
   */
  adopt(connection: Connection, incarnation: string, order: number): void {
    this.#incarnation = incarnation;
    this.#order = order;
    this.#cancelTimer();
    this.#dial.abort();
    if (this.#stage === 'open') this.#suspend();
    else this.#connection?.close(duplicateReason);
    this.#successor?.connection?.close(duplicateReason);
    this.#connection = connection;
    this.#stage = 'open';
    connection.send(encodeFrame([[control.welcome]]));
    this.#outbound.open(connection);
    this.#resume();
  }

  send(entry: Entry): void {
    if (this.#stage === 'closed') return;
    this.#outbound.add(entry);
    if (!this.#dirty) this.#touch();
  }

  /** Sends what has gathered, many messages to a frame. */
  flush(): void {
    this.#dirty = false;
    this.#outbound.flush();
  }

  /** The connection has sent everything that it was given. */
  drain(connection: Connection): void {
    if (connection === this.#connection && this.#stage === 'open') this.#outbound.drain();
  }

  /** Resolves when nothing waits to be sent any more, or the peer is given up. */
  drained(): Promise<void> {
    return this.#outbound.drained();
  }

  /** Links somebody here to an actor there. */
  link(id: string, link: RemoteLink): void {
    let links = this.#links.get(id);
    if (links === undefined) {
      links = new Map();
      this.#links.set(id, links);
      // The connection that shall be replaced may swallow it.
      if (this.#successor === undefined) this.send([control.link, id]);
      else this.#successor.links.add(id);
    }
    links.set(link.key, link);
  }

  unlink(id: string, key: string): void {
    const links = this.#links.get(id);
    if (links?.delete(key) !== true || links.size > 0) return;
    this.#links.delete(id);
    if (this.#successor?.links.delete(id) !== true) this.send([control.unlink, id]);
  }

  receive(bytes: Uint8Array, connection: Connection): void {
    if (connection === this.#connection) {
      if (this.#handover !== undefined && this.#stage === 'open') {
        this.#handover.hold(bytes);
        return;
      }
    } else if (connection !== this.#successor?.connection && connection !== this.#handover?.old) {
      return;
    }
    let entries: Entry[];
    try {
      entries = decodeFrame(bytes);
    } catch (error) {
      this.#host.runtime.metrics.counter('libprocess/frames_invalid').increment();
      this.fail(errorText(error));
      return;
    }
    for (const entry of entries) {
      if (connection === this.#handover?.old) this.#receive(entry);
      else if (connection !== this.#connection) this.#introducedAgain(entry, connection);
      else if (this.#stage === 'open') this.#receive(entry);
      else if (this.#stage === 'connecting') this.#introduced(entry);
      else if (this.#stage === 'greeting') this.#welcomed(entry);
      else return;
    }
  }

  /** The connection has ended from the other side, or broken. */
  disconnected(connection: Connection, reason: string): void {
    if (connection === this.#successor?.connection) this.fail(reason);
    if (connection === this.#handover?.old) this.#endHandover();
    if (connection !== this.#connection) return;
    if (this.#stage === 'greeting' && reason === duplicateReason) {
      // The peer connects to us at this moment; the timer of our own attempt bounds the wait for it.
      this.#connection = undefined;
      this.#stage = 'awaited';
      return;
    }
    this.#endHandover();
    this.fail(reason);
  }

  /** Gives the peer up: tells everybody who is linked to one of its actors, and forgets what waited to be sent. */
  fail(reason: string): void {
    if (this.#stage === 'closed') return;
    this.#stage = 'closed';
    this.#cancelTimer();
    this.#dial.abort();
    const { runtime } = this.#host;
    runtime.logger.info(printable(`Connection with ${this.#address} ended: ${reason}`));
    runtime.metrics.counter('libprocess/connections_ended').increment();
    runtime.metrics.counter('libprocess/messages_dropped').increment(this.#outbound.close());
    this.#connection?.close(reason);
    this.#connection = undefined;
    this.#successor?.connection?.close(reason);
    this.#successor = undefined;
    this.#handover?.end(reason);
    this.#handover = undefined;
    this.#resuming = undefined;
    for (const id of this.#watched) this.#host.unwatch(id, this.#address);
    this.#watched.clear();
    this.#host.closed(this);
    for (const links of this.#links.values()) for (const link of links.values()) link.notify({ type: 'lost' });
    this.#links.clear();
  }

  #open(connection: Connection): void {
    connection.open({
      frame: (bytes) => {
        this.receive(bytes, connection);
      },
      close: (reason) => {
        this.disconnected(connection, reason);
      },
      drain: () => {
        this.drain(connection);
      },
    });
  }

  #limitTime(reason: string): void {
    const { runtime, limits } = this.#host;
    this.#cancelTimer();
    this.#timer = runtime.clock.timer(limits.handshakeTimeoutMs, () => {
      this.fail(reason);
    });
  }

  /** Begins to replace the open connection: keeps in mind what is linked over it, and reads it to its end. What waits to be sent is left. */
  #suspend(): void {
    const since = this.#successor?.links;
    this.#resuming = [...this.#links.keys()].filter((id) => since?.has(id) !== true);
    const old = this.#connection;
    this.#connection = undefined;
    this.#outbound.suspend();
    if (old === undefined) return;
    old.send(encodeFrame([[control.last]]));
    const { runtime, limits } = this.#host;
    this.#handover = new Handover({
      old,
      clock: runtime.clock,
      bytesMax: limits.frameBytesMax,
      done: () => {
        this.#endHandover();
      },
    });
    if (this.#heardLast) this.#endHandover();
  }

  #endHandover(): void {
    const handover = this.#handover;
    const connection = this.#connection;
    this.#handover = undefined;
    this.#heardLast = false;
    for (const frame of handover?.end(resumedReason) ?? [])
      if (connection !== undefined) this.receive(frame, connection);
  }

  /** Asks, on a new connection, after what was linked over the old one, and links what could not be linked on either. */
  #resume(): void {
    const { links } = this.#successor ?? {};
    for (const id of this.#resuming ?? []) if (this.#links.has(id)) this.send([control.relink, id]);
    for (const id of links ?? []) this.send([control.link, id]);
    this.#resuming = undefined;
    this.#successor = undefined;
  }

  #touch(): void {
    if (this.#dirty || !this.#outbound.gathered) return;
    this.#dirty = true;
    this.#host.dirty(this);
  }

  #cancelTimer(): void {
    if (this.#timer !== undefined) this.#host.runtime.clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  #introduced(entry: Entry): void {
    const hello = this.#readHello(entry);
    if (hello === undefined) return;
    const { address } = hello;
    const { runtime, incarnation } = this.#host;
    if (address === runtime.address) {
      this.fail(`${this.#dialled} is this runtime itself, ${address}`);
      return;
    }
    this.#address = address;
    const known = this.#host.introduced(this, address);
    if (known !== undefined) {
      this.#mergeInto(known);
      return;
    }
    this.#stage = 'greeting';
    this.#incarnation = hello.incarnation;
    this.#order = this.#host.nextOrder();
    this.#connection?.send(encodeFrame([[control.hello, wireVersion, runtime.address, incarnation]]));
  }

  #readHello(entry: Entry): Hello | undefined {
    try {
      return readHello(entry);
    } catch (error) {
      this.fail(errorText(error));
      return undefined;
    }
  }

  /** The peer has been heard on the connection that shall take the place of the open one. */
  #introducedAgain(entry: Entry, connection: Connection): void {
    const hello = this.#readHello(entry);
    if (hello === undefined) return;
    if (hello.address !== this.#address || hello.incarnation !== this.#incarnation) {
      this.fail('another runtime answers where the peer was');
      return;
    }
    this.#suspend();
    this.#connection = connection;
    if (this.#successor !== undefined) this.#successor.connection = undefined;
    this.#stage = 'greeting';
    const { runtime, incarnation } = this.#host;
    connection.send(encodeFrame([[control.hello, wireVersion, runtime.address, incarnation, true]]));
  }

  /** Hands over to another peer that turned out to be the same runtime under another address: one connection is enough. */
  #mergeInto(known: Peer): void {
    const waiting = this.#outbound.take();
    this.#stage = 'closed';
    this.#cancelTimer();
    this.#connection?.close(duplicateReason);
    this.#connection = undefined;
    for (const entry of waiting) {
      if (isMessage(entry)) known.send(entry);
      else if (entry[0] === control.link) {
        for (const link of this.#links.get(entry[1])?.values() ?? []) known.link(entry[1], link);
      }
    }
    this.#links.clear();
  }

  #welcomed(entry: Entry): void {
    if (entry[0] !== control.welcome) {
      this.fail('unexpected answer to the greeting');
      return;
    }
    this.#cancelTimer();
    this.#stage = 'open';
    this.#order = this.#host.nextOrder();
    if (this.#connection !== undefined) this.#outbound.open(this.#connection);
    this.#resume();
  }

  #receive(entry: Entry): void {
    if (isMessage(entry)) {
      const from = this.#pids.get(entry[1]) ?? this.#pid(entry[1]);
      if (from !== undefined) this.#host.deliver(entry[0], from, entry[2], entry[3]);
      return;
    }
    switch (entry[0]) {
      case control.link:
        this.#watch(entry[1]);
        break;
      case control.last:
        this.#heardLast = true;
        if (this.#handover !== undefined) this.#endHandover();
        break;
      case control.relink:
        if (!this.#watched.has(entry[1])) this.send([control.exited, entry[1]]);
        break;
      case control.unlink:
        this.#watched.delete(entry[1]);
        this.#host.unwatch(entry[1], this.#address);
        break;
      case control.exited: {
        const links = this.#links.get(entry[1]);
        this.#links.delete(entry[1]);
        for (const link of links?.values() ?? []) link.notify({ type: 'gone' });
        break;
      }
      case control.hello:
      case control.welcome:
        this.fail('greeted twice');
        break;
    }
  }

  #watch(id: string): void {
    const exited = (): void => {
      this.#watched.delete(id);
      this.send([control.exited, id]);
    };
    if (this.#host.watch(id, this.#address, exited)) this.#watched.add(id);
    else exited();
  }

  /** The PID of a sender that is not known yet; none, and the end of the connection, when no actor can have that name. */
  #pid(id: string): PID | undefined {
    if (id !== '' && !isProcessId(id)) {
      this.#host.runtime.metrics.counter('libprocess/frames_invalid').increment();
      this.fail(`a message from '${id}', which cannot name an actor`);
      return undefined;
    }
    if (this.#pids.size >= pidsMax) this.#pids.clear();
    const pid = new PID(id, this.#address);
    this.#pids.set(id, pid);
    return pid;
  }
}

/** Ends a connection that nobody needs. */
export function discard(connection: Connection, reason: string): void {
  connection.open({ frame: () => undefined, close: () => undefined });
  connection.close(reason);
}

/** What a greeting says. */
export interface Hello {
  readonly address: string;
  readonly incarnation: string;
  /** Whether the connection takes the place of another, with its links. */
  readonly resumes: boolean;
}

/** Reads a greeting; throws with the reason when it is none that can be answered. */
export function readHello(entry: Entry | undefined): Hello {
  if (entry?.[0] !== control.hello) throw new ProcessError('HANDSHAKE_FAILED', 'Expected a greeting');
  const [, version, address, incarnation, resumes]: HelloEntry = entry;
  if (version !== wireVersion) {
    throw new ProcessError('HANDSHAKE_FAILED', `Expected wire version ${wireVersion}, got ${version}`);
  }
  return { address: canonicalAddress(address), incarnation, resumes: resumes === true };
}
