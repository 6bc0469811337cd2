import { commonNameOf, type PID } from '@mesos-ts/libprocess';
import type { X509Certificate } from 'node:crypto';

/** An agent or a scheduler that is an actor, as its connection shows it. */
export interface AuthenticationPeer {
  readonly pid: PID;
  /** What its runtime has shown in the TLS handshake, if that was verified. */
  readonly certificate: X509Certificate | undefined;
}

/** Knows agents and schedulers that are actors by how they come: nothing is asked of them. */
export interface PeerAuthenticator {
  /** The name of the principal, or undefined for somebody whom it does not know. Is asked whenever that matters: it must be quick. */
  principalOf(peer: AuthenticationPeer): string | undefined;
}

/** Takes the common name of a certificate for the principal. */
export const certificatePeers: PeerAuthenticator = {
  principalOf: ({ certificate }) => (certificate === undefined ? undefined : commonNameOf(certificate)),
};
