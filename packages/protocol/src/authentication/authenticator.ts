import {
  authenticationMechanism,
  authenticationNonceBytes,
  authenticationProof,
  isPrincipalName,
  isProof,
} from './proof.ts';
import type {
  AuthenticateMessage,
  AuthenticationChallengeMessage,
  AuthenticationCompletedMessage,
  AuthenticationResponseMessage,
} from '../generated/mesos-internal.ts';

/** What became of an answer: known now, or not. */
export type AuthenticationVerdict =
  | { readonly principal: string; readonly message: AuthenticationCompletedMessage }
  | { readonly principal?: undefined };

/** The master's side of one attempt to prove who somebody is. Pure, as `Authenticatee`. */
export class AuthenticationSession {
  readonly #secrets: ReadonlyMap<string, string>;
  readonly #self: string;
  readonly #peer: string;
  readonly #peerNonce: Uint8Array;
  readonly #nonce: Uint8Array;

  /**
   * @param secrets By principal.
   * @param self Where the master is, `id@ip:port`.
   * @param peer Where who authenticates is.
   * @param nonce 32 random bytes, for this attempt alone.
   */
  constructor(
    secrets: ReadonlyMap<string, string>,
    self: string,
    peer: string,
    message: AuthenticateMessage,
    nonce: Uint8Array,
  ) {
    this.#secrets = secrets;
    this.#self = self;
    this.#peer = peer;
    this.#peerNonce = message.nonce;
    this.#nonce = nonce;
  }

  /** Why somebody who begins so cannot go on, or nothing. */
  static problem({ mechanisms = [], nonce }: AuthenticateMessage): string | undefined {
    if (!mechanisms.includes(authenticationMechanism)) return `Expecting mechanism ${authenticationMechanism}`;
    return nonce.length === authenticationNonceBytes ? undefined : 'Expecting a nonce of 32 bytes';
  }

  /** What to ask. */
  challenge(): AuthenticationChallengeMessage {
    return { mechanism: authenticationMechanism, nonce: this.#nonce };
  }

  /** Judges the answer. It counts once: who has failed begins anew, with another challenge. */
  answered({ principal, proof }: AuthenticationResponseMessage): AuthenticationVerdict {
    if (!isPrincipalName(principal)) return {};
    const secret = this.#secrets.get(principal);
    const attempt = {
      authenticatee: this.#peer,
      authenticator: this.#self,
      authenticateeNonce: this.#peerNonce,
      authenticatorNonce: this.#nonce,
      principal,
    };
    // Somebody unknown costs the same, so that the time does not tell who is known.
    const isRight = isProof(proof, 'authenticatee', secret ?? this.#peer, attempt);
    if (secret === undefined || !isRight) return {};
    return { principal, message: { proof: authenticationProof('authenticator', secret, attempt) } };
  }
}
