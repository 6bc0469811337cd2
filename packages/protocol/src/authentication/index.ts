/**
 * How agents and schedulers that are actors prove to a master who they are, and the master to them: a challenge that only who knows the
 * principal's secret can answer. For Node.js: it computes with `node:crypto`.
 *
 * @module
 */
export { Authenticatee } from './authenticatee.ts';
export { AuthenticationSession } from './authenticator.ts';
export { authenticationMechanism, authenticationNonceBytes } from './proof.ts';

export type { AuthenticateeCredential } from './authenticatee.ts';
export type { AuthenticationVerdict } from './authenticator.ts';
