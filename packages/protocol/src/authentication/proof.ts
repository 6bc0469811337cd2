import { createHmac, timingSafeEqual } from 'node:crypto';

/** The one mechanism: what CRAM-MD5 is in Mesos, with SHA-256 and in both directions. */
export const authenticationMechanism = 'CRAM-SHA-256-MUTUAL';

/** Bytes of a nonce. */
export const authenticationNonceBytes = 32;

/** The longest secret and principal that are looked at, in characters. */
const textMax = 4096;

/** All that both ends of an attempt know. */
export interface Attempt {
  /** Where who authenticates is, `id@ip:port`. */
  readonly authenticatee: string;
  /** Where the master is. */
  readonly authenticator: string;
  readonly authenticateeNonce: Uint8Array;
  readonly authenticatorNonce: Uint8Array;
  readonly principal: string;
}

/**
 * Proves that one end knows the secret, to the other end, for this attempt alone: HMAC-SHA-256 with the secret over all that is said,
 * each part behind its length. The proof of one end is none of the other.
 */
export function authenticationProof(
  by: 'authenticatee' | 'authenticator',
  secret: string,
  attempt: Attempt,
): Uint8Array {
  const hmac = createHmac('sha256', secret);
  const parts = [
    `mesos-ts authentication 1 ${by}`,
    attempt.authenticatee,
    attempt.authenticator,
    attempt.authenticateeNonce,
    attempt.authenticatorNonce,
    attempt.principal,
  ];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hmac.update(length).update(bytes);
  }
  return new Uint8Array(hmac.digest());
}

/** Whether a proof is the right one; takes equal time for all wrong ones. */
export function isProof(
  proof: Uint8Array,
  by: 'authenticatee' | 'authenticator',
  secret: string,
  attempt: Attempt,
): boolean {
  const right = authenticationProof(by, secret, attempt);
  return proof.length === right.length && timingSafeEqual(proof, right);
}

/** Whether a principal may be one at all: what comes from strangers has a bound. */
export function isPrincipalName(principal: string): boolean {
  return principal !== '' && principal.length <= textMax;
}
