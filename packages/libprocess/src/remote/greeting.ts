import { helloEntry, sameBytes } from './hello.ts';
import { errorText } from '../errors.ts';
import { nonceBytes } from '../trust/trust.ts';
import { vouchProblem } from './vouch.ts';
import type { HelloEntry } from './frame.ts';
import type { Hello } from './hello.ts';
import type { Random } from '../random/random.ts';
import type { Connection, Transport } from '../transport/transport.ts';
import type { Handshake, Trust } from '../trust/trust.ts';

/** What a greeting needs of the runtime. */
export interface GreetingHost {
  readonly runtime: { readonly address: string; readonly random: Random };
  readonly incarnation: string;
  readonly transport: Transport;
  readonly trust: Trust | undefined;
}

/** The greeting on a connection that this runtime has made: what to believe of the other end, and what to say to it. */
export class Greeting {
  /** By what another connection may later take the place of this one. */
  readonly key: string;
  readonly #host: GreetingHost;
  readonly #connection: Connection;
  readonly #hello: Hello;
  #handshake: Handshake | undefined;

  /** @param hello What the other end has said. */
  constructor(host: GreetingHost, connection: Connection, hello: Hello) {
    this.#host = host;
    this.#connection = connection;
    this.#hello = hello;
    this.key = host.runtime.random.id();
  }

  /**
   * Why the other end is not to be believed, or nothing.
   * @param dialled The address that was connected to.
   */
  async problem(dialled: string, signal: AbortSignal): Promise<string | undefined> {
    const { runtime, transport, trust } = this.#host;
    const { address, nonce } = this.#hello;
    if (trust === undefined) return undefined;
    try {
      const problem = await trust.evidenceProblem(address, this.#connection.evidence ?? {});
      if (problem !== undefined || !trust.secret) return problem;
      if (nonce === undefined) return 'it does not ask for a secret, and so knows none';
      if (address === dialled) return undefined;
      // Whoever answers at one address and calls itself by another must be known to the runtime there.
      const { address: asker, random } = runtime;
      return await vouchProblem({ transport, trust, random, asker, address, subject: nonce, signal });
    } catch (error) {
      return errorText(error);
    }
  }

  /**
   * What to answer. Throws where there is nothing to prove it with.
   * @param resumes The key of the connection whose place this one is to take, or an empty text.
   */
  answer(resumes: string): HelloEntry {
    const { incarnation, runtime, trust } = this.#host;
    const { address, nonce: asked } = this.#hello;
    const hello = { address: runtime.address, incarnation, key: this.key, resumes };
    if (asked === undefined) return helloEntry({ ...hello, nonce: undefined, proofs: [] });
    if (trust?.secret !== true) throw new Error('it asks for a secret, and this runtime has none');
    const nonce = runtime.random.bytes(nonceBytes);
    this.#handshake = {
      dialler: { address: runtime.address, incarnation, nonce },
      acceptor: { address, incarnation: this.#hello.incarnation, nonce: asked },
      channelBinding: this.#connection.evidence?.channelBinding,
    };
    return helloEntry({ ...hello, nonce, proofs: trust.prove('dialler', this.#handshake) });
  }

  /** Whether a nonce is the one of this greeting, and was shown to whoever asks. */
  hasShown(nonce: Uint8Array, asker: string): boolean {
    const handshake = this.#handshake;
    return handshake?.acceptor.address === asker && sameBytes(handshake.dialler.nonce, nonce);
  }

  /** Why the other end's welcome is not to be believed, or nothing. */
  welcomeProblem(proofs: readonly Uint8Array[]): string | undefined {
    if (this.#handshake === undefined) return undefined;
    try {
      return this.#host.trust?.proofProblem('acceptor', this.#handshake, proofs);
    } catch (error) {
      return errorText(error);
    }
  }
}
