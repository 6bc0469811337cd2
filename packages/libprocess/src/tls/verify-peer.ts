import { lookupService } from 'node:dns/promises';
import { isIP } from 'node:net';
import { errorText } from '../errors.ts';
import { peerCertificate } from './peer-certificate.ts';
import { tlsCodeText } from './tls-error.ts';
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { TlsOptions } from './tls-options.ts';

/** How a certificate is to be judged. */
interface PeerToVerify {
  /** Whether this end has made the connection, and the other is a server. */
  readonly dialled: boolean;
  /** What was dialled, an IP address or a name; of a client, undefined. */
  readonly host: string | undefined;
  /** The IP address at the other end of the socket; undefined for a Unix socket. */
  readonly ip: string | undefined;
}

/** By what a certificate is to be judged. */
interface Verification {
  readonly options: TlsOptions;
  /** The certificates of the CAs that are trusted; none where those that Node.js trusts are. */
  readonly authorities: readonly X509Certificate[];
}

const verificationDepthDefault = 4;

/**
 * Says why the other end of a TLS connection is not who it must be, or nothing. To be called after the handshake: OpenSSL has checked
 * signatures and times by then, and the rest is left to the application.
 */
export async function peerProblem(
  socket: TLSSocket,
  peer: PeerToVerify,
  { options, authorities }: Verification,
): Promise<string | undefined> {
  const { requestClientCert = false, requireClientCert = false, verifyServerCert = true } = options;
  const mustShow = peer.dialled ? verifyServerCert : requireClientCert;
  if (!mustShow && (peer.dialled || !requestClientCert)) return undefined;
  const certificate = peerCertificate(socket);
  if (certificate === undefined) return mustShow ? 'it has shown no certificate' : undefined;
  // The types say that it is an error; it is the code of one.
  if (!socket.authorized) return tlsCodeText(String(socket.authorizationError));
  const { verificationDepth = verificationDepthDefault } = options;
  // A session that is resumed was verified when it began, and does not carry the certificates of its CAs.
  if (!socket.isSessionReused() && isDeeper(certificate, verificationDepth, authorities)) {
    return `more than ${verificationDepth} certificates are between its certificate and the CA`;
  }
  if (options.hostnameValidation === 'legacy') return legacyProblem(certificate, peer, options);
  return peer.dialled && peer.host !== undefined ? nameProblem(certificate, peer.host, options) : undefined;
}

/** Whether more certificates are between this one and the CA's, which is signed by itself, whether the other end sends that or not. */
function isDeeper(certificate: X509Certificate, depth: number, authorities: readonly X509Certificate[]): boolean {
  let current = certificate.issuerCertificate;
  if (current === undefined) {
    // Either there is nothing between, or Node.js does not tell: from version 24 on it tells servers nothing but the first.
    return depth === 0 && !authorities.some((authority) => certificate.checkIssued(authority));
  }
  let count = 0;
  while (current !== undefined && !current.checkIssued(current)) {
    current = current.issuerCertificate;
    count++;
  }
  return count > depth;
}

function nameProblem(certificate: X509Certificate, host: string, { verifyIp = true }: TlsOptions): string | undefined {
  if (isIP(host) === 0) {
    return certificate.checkHost(host) === undefined ? `its certificate is not for ${host}` : undefined;
  }
  if (!verifyIp)
    return `it was dialled by its IP address, ${host}, and a certificate for an IP address is not to be accepted`;
  return certificate.checkIP(host) === undefined ? `its certificate is not for the IP address ${host}` : undefined;
}

async function legacyProblem(
  certificate: X509Certificate,
  { ip }: PeerToVerify,
  { verifyIp = true, reverseLookup = nameOfIp }: TlsOptions,
): Promise<string | undefined> {
  // Whoever comes over a Unix socket is on this machine, and has no IP address that a name could be asked of.
  if (ip === undefined) return undefined;
  if (verifyIp && certificate.checkIP(ip) !== undefined) return undefined;
  let name: string;
  try {
    name = await reverseLookup(ip);
  } catch (error) {
    return `its certificate cannot be judged: the name of ${ip} is not known: ${errorText(error)}`;
  }
  const known = certificate.checkHost(name, { subject: 'always', wildcards: false });
  return known === undefined ? `its certificate is not for ${name}, the name of ${ip}` : undefined;
}

async function nameOfIp(ip: string): Promise<string> {
  return (await lookupService(ip, 0)).hostname;
}
