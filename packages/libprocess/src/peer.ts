import { control, decodeFrame, encodeFrame, wireVersion } from './frame.ts';
import { ProcessError, errorText } from './errors.ts';
import { PID } from './pid.ts';
import type { Timer } from './clock.ts';
import type { Entry, MessageEntry } from './frame.ts';
import type { Limits } from './limits.ts';
import type { ProcessRuntime } from './process.ts';
import type { Connection, Transport } from './transport.ts';

/** Somebody here who is linked to an actor of a peer. */
export interface RemoteLink {
  readonly key: string;
  readonly notify: () => void;
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
  /** The peer's runtime calls itself by another address than the one that was dialled. */
  renamed(peer: Peer, address: string): void;
  /** The peer is gone; a new one is made when somebody has something to send. */
  closed(peer: Peer): void;
}

// Entries of one frame: enough to amortise its cost, few enough that the other end can begin to work early.
const frameEntriesMax = 512;
// Distinct actors of a peer whose PIDs are kept.
const pidsMax = 10_000;

/** Why a connection was refused because the other end's own attempt to connect prevails. */
export const duplicateReason = 'duplicate';

/**
 * Another runtime: the one connection to it, what waits to be sent, and the links over it. It ends with its connection. Nothing is
 * resent, so that between two actors messages arrive in order, at most once, with no gap before an `exited`.
 */
export class Peer {
  #address: string;
  readonly dialled: string;
  readonly #host: PeerHost;
  readonly #links = new Map<string, Map<string, RemoteLink>>();
  readonly #watched = new Set<string>();
  readonly #pids = new Map<string, PID>();
  readonly #dial = new AbortController();
  #outbound: Entry[] = [];
  #connection: Connection | undefined;
  #stage: 'connecting' | 'greeting' | 'awaited' | 'open' | 'closed' = 'connecting';
  #timer: Timer | undefined;
  #dirty = false;

  constructor(address: string, host: PeerHost) {
    this.#address = address;
    this.dialled = address;
    this.#host = host;
  }

  /** The address that the peer's runtime calls itself by. */
  get address(): string {
    return this.#address;
  }

  get stage(): string {
    return this.#stage;
  }

  /** Connects, greets, and sends what has been waiting. */
  async connect(transport: Transport): Promise<void> {
    const { runtime, limits } = this.#host;
    this.#timer = runtime.clock.timer(limits.handshakeTimeoutMs, () => {
      this.fail('connecting took too long');
    });
    let connection: Connection;
    try {
      connection = await transport.connect(this.dialled, this.#dial.signal);
    } catch (error) {
      if (this.#stage === 'connecting') this.fail(errorText(error));
      return;
    }
    if (this.#stage !== 'connecting') {
      connection.open({ frame: () => undefined, close: () => undefined });
      connection.close(duplicateReason);
      return;
    }
    this.#stage = 'greeting';
    this.#connection = connection;
    connection.open({
      frame: (bytes) => {
        this.receive(bytes, connection);
      },
      close: (reason) => {
        this.disconnected(connection, reason);
      },
    });
    connection.send(encodeFrame([[control.hello, wireVersion, runtime.address, this.#host.incarnation]]));
  }

  /** Takes over a connection that the peer has made and greeted on, in place of an attempt of our own. */
  adopt(connection: Connection): void {
    this.#cancelTimer();
    this.#dial.abort();
    const own = this.#connection;
    this.#connection = connection;
    this.#stage = 'open';
    own?.close(duplicateReason);
    connection.send(encodeFrame([[control.welcome, wireVersion, this.#host.runtime.address, this.#host.incarnation]]));
    this.#touch();
  }

  send(entry: Entry): void {
    if (this.#stage === 'closed') return;
    this.#outbound.push(entry);
    if (this.#stage === 'open') {
      if (this.#outbound.length >= frameEntriesMax) this.flush();
      else if (!this.#dirty) this.#touch();
    } else if (this.#outbound.length > this.#host.limits.outboundMessagesMax) {
      this.fail('too many messages wait for the connection');
    }
  }

  /** Sends what has gathered, many messages to a frame. */
  flush(): void {
    this.#dirty = false;
    if (this.#stage !== 'open' || this.#outbound.length === 0) return;
    const entries = this.#outbound;
    this.#outbound = [];
    for (let start = 0; start < entries.length; start += frameEntriesMax) {
      this.#write(entries.length <= frameEntriesMax ? entries : entries.slice(start, start + frameEntriesMax));
    }
    if ((this.#connection?.bufferedBytes ?? 0) > this.#host.limits.outboundBytesMax) {
      this.fail('the peer does not read what it is sent');
    }
  }

  /** Links somebody here to an actor there. */
  link(id: string, link: RemoteLink): void {
    let links = this.#links.get(id);
    if (links === undefined) {
      links = new Map();
      this.#links.set(id, links);
      this.send([control.link, id]);
    }
    links.set(link.key, link);
  }

  unlink(id: string, key: string): void {
    const links = this.#links.get(id);
    if (links?.delete(key) !== true || links.size > 0) return;
    this.#links.delete(id);
    this.send([control.unlink, id]);
  }

  receive(bytes: Uint8Array, connection: Connection): void {
    if (connection !== this.#connection) return;
    let entries: Entry[];
    try {
      entries = decodeFrame(bytes);
    } catch (error) {
      this.#host.runtime.metrics.counter('libprocess/frames_invalid').increment();
      this.fail(errorText(error));
      return;
    }
    for (const entry of entries) {
      if (this.#stage === 'greeting') this.#welcomed(entry);
      else if (this.#stage === 'open') this.#receive(entry);
      else return;
    }
  }

  /** The connection has ended from the other side, or broken. */
  disconnected(connection: Connection, reason: string): void {
    if (connection !== this.#connection) return;
    if (this.#stage === 'greeting' && reason === duplicateReason) {
      // The peer connects to us at this moment; the timer of our own attempt bounds the wait for it.
      this.#connection = undefined;
      this.#stage = 'awaited';
      return;
    }
    this.fail(reason);
  }

  /** Gives the peer up: tells everybody who is linked to one of its actors, and forgets what waited to be sent. */
  fail(reason: string): void {
    if (this.#stage === 'closed') return;
    this.#stage = 'closed';
    this.#cancelTimer();
    this.#dial.abort();
    const { runtime } = this.#host;
    runtime.logger.info(`Connection with ${this.#address} ended: ${reason}`);
    runtime.metrics.counter('libprocess/messages_dropped').increment(this.#outbound.filter(isMessage).length);
    this.#outbound = [];
    this.#connection?.close(reason);
    this.#connection = undefined;
    for (const id of this.#watched) this.#host.unwatch(id, this.#address);
    this.#watched.clear();
    this.#host.closed(this);
    for (const links of this.#links.values()) for (const link of links.values()) link.notify();
    this.#links.clear();
  }

  #touch(): void {
    if (this.#dirty || this.#outbound.length === 0) return;
    this.#dirty = true;
    this.#host.dirty(this);
  }

  #cancelTimer(): void {
    if (this.#timer !== undefined) this.#host.runtime.clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  #write(entries: readonly Entry[]): void {
    const { limits, runtime } = this.#host;
    let frame: Uint8Array;
    try {
      frame = encodeFrame(entries);
    } catch (error) {
      this.#refuse(entries, errorText(error));
      return;
    }
    if (frame.length <= limits.frameBytesMax) {
      this.#connection?.send(frame);
      runtime.metrics.counter('libprocess/frames_sent').increment();
    } else {
      this.#refuse(entries, `larger than a frame may be: ${frame.length} bytes`);
    }
  }

  /** Sends the entries one by one when they cannot be sent together, and drops the one that cannot be sent at all. */
  #refuse(entries: readonly Entry[], reason: string): void {
    if (entries.length > 1) {
      const middle = entries.length >>> 1;
      this.#write(entries.slice(0, middle));
      this.#write(entries.slice(middle));
      return;
    }
    const { runtime } = this.#host;
    const name = entries[0]?.[2] ?? '';
    runtime.logger.error(`Message '${name}' to ${this.#address} is not sent: ${reason}`);
    runtime.metrics.counter('libprocess/messages_dropped').increment();
  }

  #welcomed(entry: Entry): void {
    if (entry[0] !== control.welcome || entry[1] !== wireVersion) {
      this.fail(`unexpected answer to the greeting`);
      return;
    }
    this.#cancelTimer();
    this.#stage = 'open';
    if (entry[2] !== this.#address) {
      this.#address = entry[2];
      this.#host.renamed(this, entry[2]);
    }
    this.#touch();
  }

  #receive(entry: Entry): void {
    if (isMessage(entry)) {
      this.#host.deliver(entry[0], this.#pid(entry[1]), entry[2], entry[3]);
      return;
    }
    const [kind, id] = entry;
    switch (kind) {
      case control.link:
        this.#watch(id);
        break;
      case control.unlink:
        this.#watched.delete(id);
        this.#host.unwatch(id, this.#address);
        break;
      case control.exited: {
        const links = this.#links.get(id);
        this.#links.delete(id);
        for (const link of links?.values() ?? []) link.notify();
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

  #pid(id: string): PID {
    let pid = this.#pids.get(id);
    if (pid === undefined) {
      if (this.#pids.size >= pidsMax) this.#pids.clear();
      pid = new PID(id, this.#address);
      this.#pids.set(id, pid);
    }
    return pid;
  }
}

function isMessage(entry: Entry): entry is MessageEntry {
  return typeof entry[0] === 'string';
}

/** Reads the greeting of whoever connected; throws with the reason when it is none that can be answered. */
export function readHello(bytes: Uint8Array): { address: string; incarnation: string } {
  const entries = decodeFrame(bytes);
  const hello = entries[0];
  if (entries.length !== 1 || hello === undefined || hello[0] !== control.hello) {
    throw new ProcessError('HANDSHAKE_FAILED', 'Expected a greeting');
  }
  if (hello[1] !== wireVersion) {
    throw new ProcessError('HANDSHAKE_FAILED', `Expected wire version ${wireVersion}, got ${hello[1]}`);
  }
  return { address: hello[2], incarnation: hello[3] };
}
