import { TLSSocket } from 'node:tls';
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';

const known = new WeakMap<TLSSocket, X509Certificate | undefined>();

/** The certificate of the other end. Node.js 20 gives it to a client once and takes it out of the chain by that. */
export function peerCertificate(socket: TLSSocket): X509Certificate | undefined {
  if (!known.has(socket)) known.set(socket, socket.getPeerX509Certificate());
  return known.get(socket);
}

/** The certificate of the other end, where it has shown one that a CA vouches for. */
export function verifiedCertificate(socket: Socket): X509Certificate | undefined {
  return socket instanceof TLSSocket && socket.authorized ? peerCertificate(socket) : undefined;
}
