import { ProcessError, errorText } from '../errors.ts';
import { control, decodeFrame, encodeFrame } from './frame.ts';
import { helloEntry, readHello } from './hello.ts';
import { duplicateReason } from './ending.ts';
import { vouchHandshake, vouchProblem } from './vouch.ts';
import { isDialable } from './address.ts';
import { nonceBytes } from '../trust/trust.ts';
import type { VouchEntry } from './frame.ts';
import type { Hello } from './hello.ts';
import type { Limits } from '../limits.ts';
import type { Peer } from './peer.ts';
import type { ProcessRuntime } from '../actor/process.ts';
import type { Timer } from '../time/clock.ts';
import type { Connection, Transport } from '../transport/transport.ts';
import type { Handshake, Trust } from '../trust/trust.ts';

/** What a stranger needs of those who know the peers. */
export interface StrangerHost {
  readonly runtime: ProcessRuntime;
  readonly limits: Limits;
  readonly incarnation: string;
  readonly transport: Transport;
  readonly trust: Trust | undefined;
  /** Whether this runtime has just shown a nonce: to `asker`, whom it has connected to, or to somebody who has connected to it. */
  hasShown(nonce: Uint8Array, asker: string): boolean;
  /** Throws with the reason when nobody may greet like that. */
  check(connection: Connection, hello: Hello): void;
  /** A number that is larger than that of any connection that was greeted on before. */
  nextOrder(): number;
  /** The peer whose open connection there is no place beside. */
  incumbent(hello: Hello, order: number): Peer | undefined;
  /**
   * Makes a peer of a connection, or answers undefined where another is being made; throws with the reason when neither is possible.
   * @param proofs What the welcome is to prove.
   */
  admit(connection: Connection, hello: Hello, order: number, proofs: readonly Uint8Array[]): Peer | undefined;
  /** The stranger is none any more; with the reason when that is because it was refused. */
  settled(stranger: Stranger, refused?: string): void;
}

// A greeting is an address, an incarnation and proofs, and whoever has not greeted is a stranger.
const greetingBytesMax = 8_192;
// Of the time that greeting may take, what a silent connection gets to answer in before another takes its place.
const probeShare = 0.5;

/**
 * A connection that somebody has made, until it is known who that is. Nothing is taken from it but one greeting: a second frame ends it.
 */
export class Stranger {
  readonly connection: Connection;
  readonly #host: StrangerHost;
  readonly #nonce: Uint8Array | undefined;
  readonly #giveUp = new AbortController();
  readonly #order: number;
  readonly #timer: Timer;
  #probe: Timer | undefined;
  #stage: 'waiting' | 'judged' | 'settled' = 'waiting';
  #peer: Peer | undefined;

  constructor(connection: Connection, host: StrangerHost) {
    this.connection = connection;
    this.#host = host;
    this.#order = host.nextOrder();
    const { incarnation, limits, runtime, trust } = host;
    this.#nonce = trust?.secret === true ? runtime.random.bytes(nonceBytes) : undefined;
    this.#timer = runtime.clock.timer(limits.handshakeTimeoutMs, () => {
      this.#refuse(this.#stage === 'waiting' ? 'no greeting in time' : 'its greeting could not be judged in time');
    });
    connection.open(
      {
        frame: (bytes) => {
          this.#receive(bytes);
        },
        close: (reason) => {
          this.#ended(reason);
        },
        drain: () => {
          this.#peer?.drain(connection);
        },
      },
      { firstFrameBytesMax: greetingBytesMax },
    );
    const hello = { address: runtime.address, incarnation, key: '', resumes: '', nonce: this.#nonce, proofs: [] };
    connection.send(encodeFrame([helloEntry(hello)]));
  }

  /** What it is to answer. */
  get nonce(): Uint8Array | undefined {
    return this.#nonce;
  }

  /** Is refused, for others who wait. */
  giveWay(): void {
    this.#refuse('too many connections wait for a greeting');
  }

  #receive(bytes: Uint8Array): void {
    if (this.#peer !== undefined) {
      this.#peer.receive(bytes, this.connection);
    } else if (this.#stage === 'judged') {
      this.#refuse('it went on before it was welcome');
    } else if (this.#stage === 'waiting') {
      this.#stage = 'judged';
      try {
        this.#greeted(bytes);
      } catch (error) {
        this.#refuse(errorText(error));
      }
    }
  }

  #ended(reason: string): void {
    if (this.#stage !== 'settled') this.#settle(reason === duplicateReason ? undefined : reason);
    this.#peer?.disconnected(this.connection, reason);
  }

  #greeted(bytes: Uint8Array): void {
    const [entry, ...others] = decodeFrame(bytes);
    if (others.length > 0) throw new ProcessError('HANDSHAKE_FAILED', 'Expected a greeting and nothing else');
    if (entry?.[0] === control.vouch) {
      this.#vouch(entry);
      return;
    }
    const hello = readHello(entry);
    this.#host.check(this.connection, hello);
    const { trust } = this.#host;
    if (trust === undefined) this.#decide(hello, []);
    else void this.#judge(hello, trust);
  }

  /** Answers somebody who wants to know whether a nonce is of this runtime. */
  #vouch([, subject, asker, nonce]: VouchEntry): void {
    const { incarnation, runtime, trust } = this.#host;
    if (trust?.secret !== true || !this.#host.hasShown(subject, asker)) {
      this.#refuse('it asks after a greeting that is none of this runtime');
      return;
    }
    const hello = { address: runtime.address, incarnation, nonce: this.#nonce };
    const channelBinding = this.connection.evidence?.channelBinding;
    const proofs = trust.prove('voucher', vouchHandshake({ hello, asker, nonce, subject, channelBinding }));
    this.connection.send(encodeFrame([[control.vouched, proofs]]));
    // Whoever has asked closes.
    this.#settle();
  }

  /** Finds out whether a greeting is true. */
  async #judge(hello: Hello, trust: Trust): Promise<void> {
    let problem: string | undefined;
    let proofs: readonly Uint8Array[] = [];
    try {
      problem = await trust.evidenceProblem(hello.address, this.connection.evidence ?? {});
      if (problem === undefined && trust.secret) {
        const handshake = this.#handshake(hello);
        problem = trust.proofProblem('dialler', handshake, hello.proofs);
        if (problem === undefined && trust.addresses === 'dial-back') problem = await this.#dialBack(hello, trust);
        if (problem === undefined) proofs = trust.prove('acceptor', handshake);
      }
    } catch (error) {
      problem = errorText(error);
    }
    if (this.#stage !== 'judged') return;
    if (problem === undefined) this.#decide(hello, proofs);
    else this.#refuse(problem);
  }

  #handshake(hello: Hello): Handshake {
    const { incarnation, runtime } = this.#host;
    const { address, nonce = new Uint8Array(0) } = hello;
    return {
      dialler: { address, incarnation: hello.incarnation, nonce },
      acceptor: { address: runtime.address, incarnation, nonce: this.#nonce ?? new Uint8Array(0) },
      channelBinding: this.connection.evidence?.channelBinding,
    };
  }

  async #dialBack(hello: Hello, trust: Trust): Promise<string | undefined> {
    const { runtime, transport } = this.#host;
    const { address, nonce } = hello;
    if (nonce === undefined) return 'it has shown no nonce';
    if (!isDialable(address)) return `it claims ${address}, where nobody can be asked`;
    const { signal } = this.#giveUp;
    const { random, address: asker } = runtime;
    return vouchProblem({ transport, trust, random, asker, address, subject: nonce, signal });
  }

  #decide(hello: Hello, proofs: readonly Uint8Array[]): void {
    const { trust } = this.#host;
    // Whoever is proved to be at an address may end a connection from there; anybody else only one that is dead.
    const incumbent = trust?.provesAddress === true ? undefined : this.#host.incumbent(hello, this.#order);
    try {
      if (incumbent !== undefined) {
        this.#probeFirst(incumbent, hello, proofs);
        return;
      }
      this.#peer = this.#host.admit(this.connection, hello, this.#order, proofs);
      this.#settle();
    } catch (error) {
      this.#refuse(errorText(error));
    }
  }

  #probeFirst(incumbent: Peer, hello: Hello, proofs: readonly Uint8Array[]): void {
    const { limits, runtime } = this.#host;
    this.#probe = runtime.clock.timer(limits.handshakeTimeoutMs * probeShare, () => {
      incumbent.fail('it does not answer, and its address has connected anew');
    });
    incumbent.probe((alive) => {
      this.#cancelProbe();
      if (this.#stage !== 'judged') return;
      if (alive) this.#refuse(`${hello.address} is in use by a connection that is alive`);
      else this.#decide(hello, proofs);
    });
  }

  #refuse(reason: string): void {
    this.#settle(reason);
    this.connection.close(reason);
  }

  #settle(refused?: string): void {
    if (this.#stage === 'settled') return;
    this.#stage = 'settled';
    this.#host.runtime.clock.cancel(this.#timer);
    this.#cancelProbe();
    this.#giveUp.abort();
    this.#host.settled(this, refused);
  }

  #cancelProbe(): void {
    if (this.#probe !== undefined) this.#host.runtime.clock.cancel(this.#probe);
    this.#probe = undefined;
  }
}
