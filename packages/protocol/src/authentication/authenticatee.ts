import {
  authenticationMechanism,
  authenticationNonceBytes,
  authenticationProof,
  isProof,
  type Attempt,
} from './proof.ts';
import type {
  AuthenticateMessage,
  AuthenticationChallengeMessage,
  AuthenticationCompletedMessage,
  AuthenticationResponseMessage,
} from '../generated/mesos-internal.ts';

/** Who an agent or a scheduler is, and what proves it. */
export interface AuthenticateeCredential {
  readonly principal: string;
  readonly secret: string;
}

/**
 * One attempt of an agent or a scheduler to prove who it is to a master, and of the master to prove that it knows the secret. Pure: the
 * owner sends what it answers, and gives up what takes too long.
 */
export class Authenticatee {
  readonly #credential: AuthenticateeCredential;
  readonly #self: string;
  readonly #nonce: Uint8Array;
  #attempt: Attempt | undefined;

  /**
   * @param self Where the owner is, `id@ip:port`.
   * @param nonce 32 random bytes, for this attempt alone.
   */
  constructor(credential: AuthenticateeCredential, self: string, nonce: Uint8Array) {
    this.#credential = credential;
    this.#self = self;
    this.#nonce = nonce;
  }

  /** What to begin with. */
  begin(): AuthenticateMessage {
    return { mechanisms: [authenticationMechanism], nonce: this.#nonce };
  }

  /**
   * The answer to a challenge, or nothing to one that makes no sense.
   * @param master Who has sent it, `id@ip:port`.
   */
  challenged(master: string, message: AuthenticationChallengeMessage): AuthenticationResponseMessage | undefined {
    const { mechanism, nonce } = message;
    if (mechanism !== authenticationMechanism || nonce.length !== authenticationNonceBytes) return undefined;
    if (this.#attempt !== undefined) return undefined;
    const { principal, secret } = this.#credential;
    this.#attempt = {
      authenticatee: this.#self,
      authenticator: master,
      authenticateeNonce: this.#nonce,
      authenticatorNonce: nonce,
      principal,
    };
    return { principal, proof: authenticationProof('authenticatee', secret, this.#attempt) };
  }

  /** Whether who says that all is well is the one who has asked, and knows the secret, too. */
  completed(master: string, { proof }: AuthenticationCompletedMessage): boolean {
    const attempt = this.#attempt;
    if (attempt === undefined || attempt.authenticator !== master) return false;
    return isProof(proof, 'authenticator', this.#credential.secret, attempt);
  }
}
