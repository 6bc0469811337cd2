import type { Evidence } from '../transport/transport.ts';

/** Who one end of a connection says that it is, and the random bytes that it wants to see answered. */
export interface Claim {
  readonly address: string;
  readonly incarnation: string;
  readonly nonce: Uint8Array;
}

/** All that two ends have said on a connection, and the connection itself where it can be told from others. */
export interface Handshake {
  /** Whoever has made the connection. */
  readonly dialler: Claim;
  /** Whoever was connected to. */
  readonly acceptor: Claim;
  readonly channelBinding: Uint8Array | undefined;
  /** The nonce of another connection that is asked after; absent in a greeting. */
  readonly subject?: Uint8Array;
}

/** What a proof proves, so that none can be used for another purpose. */
export type ProofPurpose = 'dialler' | 'acceptor' | 'voucher';

/**
 * How it is made sure that whoever connects is at the address that it claims:
 *
 * - `claimed`: nothing beyond certificates and secrets.
 * - `source-ip`: the address must have the IP address that the connection is from or to, as Mesos's
 *   `LIBPROCESS_REQUIRE_PEER_ADDRESS_IP_MATCH` demands. It says nothing about the port, and forbids translated addresses.
 * - `dial-back`: the address is connected to, and whoever is there must say that it is itself who connects.
 */
export type AddressCheck = 'claimed' | 'source-ip' | 'dial-back';

/** Decides whom a runtime talks with. Made by `createTrust`. */
export interface Trust {
  readonly addresses: AddressCheck;
  /** Whether both ends must prove that they know a secret. */
  readonly secret: boolean;
  /** Whether nobody gets through who is not at the address that it claims. */
  readonly provesAddress: boolean;
  /** Why what is known of the other end speaks against the address that it claims, or undefined. */
  evidenceProblem(address: string, evidence: Evidence): Promise<string | undefined>;
  /**
   * Reads secrets again, for greetings to come, and answers whether there are other ones. Throws `TRUST_INVALID` when they cannot be used:
   * then those from before remain in use.
   */
  reload?(): boolean;
  /** What this end proves its knowledge of secrets with: one proof for each of them. */
  prove(purpose: ProofPurpose, handshake: Handshake): readonly Uint8Array[];
  /** Why the other end's proofs are not enough, or undefined. */
  proofProblem(purpose: ProofPurpose, handshake: Handshake, proofs: readonly Uint8Array[]): string | undefined;
}

/** Bytes of a nonce. */
export const nonceBytes = 32;
/** Secrets that may be in use at once, and so proofs in one greeting. */
export const secretsMax = 8;
/** Bytes of a proof. */
export const proofBytes = 32;
