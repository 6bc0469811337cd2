import { refusalName, unwritten } from '../actor/ask.ts';
import { control, decodeFrame, encodeFrame, isMessage } from './frame.ts';
import { Handover } from './handover.ts';
import { discard, duplicateReason, resumedReason } from './ending.ts';
import { Greeting } from './greeting.ts';
import { readHello, sameText } from './hello.ts';
import { Outbound } from './outbound.ts';
import { errorText } from '../errors.ts';
import { PID, isProcessId } from '../actor/pid.ts';
import { printable } from '../text.ts';
import { RemoteLinks } from './remote-links.ts';
import { SenderPids } from './sender-pids.ts';
import type { X509Certificate } from 'node:crypto';
import type { Timer } from '../time/clock.ts';
import type { Entry } from './frame.ts';
import type { Successor } from './handover.ts';
import type { Hello } from './hello.ts';
import type { PeerHost } from './peer-host.ts';
import type { RemoteLink } from './remote-links.ts';
import type { Connection } from '../transport/transport.ts';

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
  #dialled: string;
  readonly #host: PeerHost<Peer>;
  readonly #links = new RemoteLinks();
  readonly #watched = new Set<string>();
  readonly #pids = new SenderPids();
  #dial: AbortController | undefined;
  /** The greeting on the connection that is being made. */
  #greeting: Greeting | undefined;
  /** By what another connection may take the place of the one that was agreed on last. */
  #key = '';
  /** Who waits to hear whether the connection is alive. */
  #probes: Set<(alive: boolean) => void> | undefined;
  #successor: Successor | undefined;
  /** The connection whose place another has taken, until it has been read to its end. */
  #handover: Handover | undefined;
  /** Whether the peer has said that it sends nothing more on the connection. */
  #heardLast = false;
  /** The actors that were linked to over the connection before this one, from its end until the new one is agreed on. */
  #resuming: readonly string[] | undefined;
  readonly #outbound: Outbound;
  #connection: Connection | undefined;
  #stage: 'connecting' | 'judging' | 'greeting' | 'awaited' | 'open' | 'closed' = 'connecting';
  #timer: Timer | undefined;
  #dirty = false;

  constructor(address: string, host: PeerHost<Peer>) {
    this.#address = address;
    this.#dialled = address;
    this.#host = host;
    this.#outbound = new Outbound(host, {
      address: () => this.#address,
      overflowed: (reason) => {
        this.fail(reason);
      },
      refused: (entry, reason) => {
        if (!isMessage(entry)) return;
        const [to, from, name] = entry;
        const instead = unwritten({ to, from, name }, reason);
        if (instead?.goes === 'on') this.send([to, from, refusalName, instead.body]);
        else if (instead !== undefined) this.#host.deliver(from, new PID(to, this.#address), refusalName, instead.body);
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

  /** The certificate that the peer has shown on the open connection, if it has. */
  get certificate(): X509Certificate | undefined {
    return this.#stage === 'open' ? this.#connection?.evidence?.certificate : undefined;
  }

  /** Whether a new connection is being made that takes the place of another, with its links. */
  get resumes(): boolean {
    return this.#resuming !== undefined;
  }

  /** Whether links can go on over a new connection: the peer must be the one that this connection is with, and know its key. */
  canResume({ incarnation, resumes }: Hello): boolean {
    const keys = [this.#key, this.#greeting?.key ?? ''].filter((key) => key !== '');
    const known = keys.some((key) => sameText(key, resumes));
    return known && this.#incarnation === incarnation && (this.#stage === 'open' || this.resumes);
  }

  /** Whether a nonce was shown to a runtime that this one greets at the moment. */
  hasShown(nonce: Uint8Array, asker: string): boolean {
    return this.#stage === 'greeting' && this.#greeting?.hasShown(nonce, asker) === true;
  }

  /** Answers true when the peer gives a sign of life, and false when its connection ends or when it cannot be asked. */
  probe(answer: (alive: boolean) => void): void {
    const connection = this.#connection;
    if (this.#stage !== 'open' || connection?.probe === undefined) {
      this.fail('the peer has connected anew');
      answer(false);
      return;
    }
    this.#probes ??= new Set();
    this.#probes.add(answer);
    connection.probe(() => {
      this.#answerProbes(true);
    });
  }

  /** Connects, greets, and sends what has been waiting. */
  async connect(): Promise<void> {
    this.#limitTime('connecting took too long');
    let connection: Connection;
    try {
      connection = await this.#host.transport.connect(this.#dialled, this.#dialling);
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
  async reconnect(): Promise<void> {
    if (this.#stage !== 'open' || this.#successor !== undefined) return;
    const successor: Successor = { connection: undefined, judged: false, links: new Set() };
    this.#successor = successor;
    this.#limitTime('connecting anew took too long');
    try {
      const connection = await this.#host.transport.connect(this.#dialled, this.#dialling);
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
  adopt(connection: Connection, { incarnation, key }: Hello, order: number, proofs: readonly Uint8Array[]): void {
    this.#incarnation = incarnation;
    this.#order = order;
    this.#key = key;
    this.#greeting = undefined;
    this.#cancelTimer();
    this.#dial?.abort();
    this.#dial = undefined;
    if (this.#stage !== 'open') {
      this.#connection?.close(duplicateReason);
    } else if (!this.#suspend()) {
      connection.close(duplicateReason);
      return;
    }
    this.#successor?.connection?.close(duplicateReason);
    this.#connection = connection;
    this.#stage = 'open';
    connection.send(encodeFrame([proofs.length === 0 ? [control.welcome] : [control.welcome, proofs]]));
    this.#answerProbes(true);
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
    if (!this.#links.add(id, link)) return;
    // The connection that shall be replaced may swallow it.
    if (this.#successor === undefined) this.send([control.link, id]);
    else this.#successor.links.add(id);
  }

  unlink(id: string, key: string): void {
    if (this.#links.remove(id, key) && this.#successor?.links.delete(id) !== true) this.send([control.unlink, id]);
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
      else if (connection !== this.#connection) this.#greetAgain(entry, connection);
      else if (this.#stage === 'open') this.#receive(entry);
      else if (this.#stage === 'connecting') this.#greet(entry, connection);
      else if (this.#stage === 'greeting') this.#welcomed(entry);
      else if (this.#stage === 'judging') this.fail('the peer went on before it was greeted');
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
    this.#dial?.abort();
    const { runtime } = this.#host;
    const why = printable(reason);
    runtime.logger.info(`Connection with ${this.#address} ended: ${why}`);
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
    this.#answerProbes(false);
    this.#links.endAll({ type: 'lost', why });
  }

  get #dialling(): AbortSignal {
    return (this.#dial ??= new AbortController()).signal;
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

  /** Begins to replace the open connection: notes what is linked over it, and reads it to its end. False when the peer was given up. */
  #suspend(): boolean {
    // The one whose place it has taken itself is not waited for any longer; what was held back for it comes first.
    if (this.#handover !== undefined) this.#endHandover();
    if (this.#stage === 'closed') return false;
    const since = this.#successor?.links;
    this.#resuming = this.#links.ids().filter((id) => since?.has(id) !== true);
    const old = this.#connection;
    this.#connection = undefined;
    this.#outbound.suspend();
    if (old === undefined) return true;
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
    return true;
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
    for (const id of this.#resuming ?? []) {
      // What was unlinked and linked again meanwhile is a new link: the peer no longer knows of the old one.
      if (this.#links.has(id) && links?.has(id) !== true) this.send([control.relink, id]);
    }
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

  #readHello(entry: Entry): Hello | undefined {
    try {
      return readHello(entry);
    } catch (error) {
      this.fail(errorText(error));
      return undefined;
    }
  }

  /** The peer has been heard on the connection that was made. */
  #greet(entry: Entry, connection: Connection): void {
    const hello = this.#readHello(entry);
    if (hello === undefined) return;
    const { runtime, trust } = this.#host;
    if (hello.address === runtime.address) {
      this.fail(`${this.#dialled} is this runtime itself, ${hello.address}`);
      return;
    }
    const greeting = new Greeting(this.#host, connection, hello);
    if (trust === undefined) {
      this.#introduced(hello, greeting);
    } else {
      this.#stage = 'judging';
      void this.#judge(hello, greeting);
    }
  }

  /** Finds out whether whoever was connected to is who it says, before anything depends on it. */
  async #judge(hello: Hello, greeting: Greeting): Promise<void> {
    const connection = this.#connection;
    const problem = await greeting.problem(this.#dialled, this.#dialling);
    if (this.#stage !== 'judging' || this.#connection !== connection) return;
    if (problem !== undefined) this.fail(problem);
    else if (this.#host.trust?.secret === true && hello.address !== this.#dialled) this.#connectTo(hello.address);
    else this.#introduced(hello, greeting);
  }

  /** Connects to the address that the peer calls itself by, so that nobody is between. */
  #connectTo(address: string): void {
    const known = this.#host.introduced(this, address);
    if (known !== undefined) {
      this.#mergeInto(known);
      return;
    }
    this.#address = address;
    this.#dialled = address;
    this.#connection?.close(duplicateReason);
    this.#connection = undefined;
    this.#stage = 'connecting';
    this.#host.track(this.connect());
  }

  #introduced(hello: Hello, greeting: Greeting): void {
    this.#address = hello.address;
    const known = this.#host.introduced(this, hello.address);
    if (known !== undefined) {
      this.#mergeInto(known);
      return;
    }
    this.#incarnation = hello.incarnation;
    this.#order = this.#host.nextOrder();
    this.#answer(greeting, '');
  }

  /** @param resumes The key of the connection whose place this one is to take, or an empty text. */
  #answer(greeting: Greeting, resumes: string): void {
    this.#stage = 'greeting';
    this.#greeting = greeting;
    try {
      this.#connection?.send(encodeFrame([greeting.answer(resumes)]));
    } catch (error) {
      this.fail(errorText(error));
    }
  }

  /** The peer has been heard on the connection that shall take the place of the open one. */
  #greetAgain(entry: Entry, connection: Connection): void {
    const hello = this.#readHello(entry);
    const successor = this.#successor;
    if (hello === undefined || successor === undefined) return;
    const greeting = new Greeting(this.#host, connection, hello);
    if (hello.address !== this.#address || hello.incarnation !== this.#incarnation) {
      this.fail('another runtime answers where the peer was');
    } else if (this.#host.trust === undefined) {
      this.#introducedAgain(greeting, connection);
    } else if (successor.judged) {
      this.fail('the peer went on before it was greeted');
    } else {
      successor.judged = true;
      void this.#judgeAgain(greeting, connection);
    }
  }

  async #judgeAgain(greeting: Greeting, connection: Connection): Promise<void> {
    const problem = await greeting.problem(this.#dialled, this.#dialling);
    if (this.#successor?.connection !== connection) return;
    if (problem === undefined) this.#introducedAgain(greeting, connection);
    else this.fail(problem);
  }

  #introducedAgain(greeting: Greeting, connection: Connection): void {
    if (!this.#suspend()) return;
    this.#connection = connection;
    if (this.#successor !== undefined) this.#successor.connection = undefined;
    this.#answer(greeting, this.#key);
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
        for (const link of this.#links.of(entry[1])) known.link(entry[1], link);
      }
    }
    this.#links.clear();
  }

  #welcomed(entry: Entry): void {
    if (entry[0] !== control.welcome) {
      this.fail('unexpected answer to the greeting');
      return;
    }
    const problem = this.#greeting?.welcomeProblem(entry[1] ?? []);
    if (problem !== undefined) {
      this.fail(problem);
      return;
    }
    this.#cancelTimer();
    this.#stage = 'open';
    this.#order = this.#host.nextOrder();
    this.#key = this.#greeting?.key ?? '';
    this.#greeting = undefined;
    this.#dial = undefined;
    this.#answerProbes(true);
    if (this.#connection !== undefined) this.#outbound.open(this.#connection);
    this.#resume();
  }

  #answerProbes(alive: boolean): void {
    const probes = this.#probes;
    this.#probes = undefined;
    for (const answer of probes ?? []) answer(alive);
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
      case control.exited:
        this.#links.end(entry[1], { type: 'gone' });
        break;
      case control.hello:
      case control.welcome:
      case control.vouch:
      case control.vouched:
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
    return this.#pids.add(id, this.#address);
  }
}
