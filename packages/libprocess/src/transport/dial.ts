import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { parseTarget } from '../remote/address.ts';
import { tlsErrorCode, tlsErrorText } from '../tls/tls-error.ts';
import { peerProblem } from '../tls/verify-peer.ts';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Credentials } from '../tls/credentials.ts';
import type { TlsOptions } from '../tls/tls-options.ts';

/** What a connection is to be protected by. */
interface DialTls {
  readonly options: TlsOptions;
  readonly credentials: Credentials;
}

type Target = NonNullable<ReturnType<typeof parseTarget>>;

/** A TLS handshake that failed, and not because of a certificate. */
class HandshakeError extends Error {}

// What OpenSSL says of certificates has no prefix; what it says of anything else begins with ERR_SSL_ or is an error of the system.
const certificateCode = /^(?!ERR_|E[A-Z]+$)/;

/**
 * Makes a connection to an address: with TLS where there are options for it, but never to a Unix socket, which the file system protects.
 * Rejects with the reason; when the signal aborts, with whatever that led to.
 */
export async function dial(address: string, signal: AbortSignal, tls: DialTls | undefined): Promise<Socket> {
  const target = parseTarget(address);
  if (target === undefined) throw new Error('it is no address');
  if (tls === undefined || 'path' in target) return plain(target, signal);
  try {
    return await secure(target, signal, tls);
  } catch (error) {
    // Only whoever does not speak TLS is spoken to without: a certificate that is not accepted remains so.
    if (!(error instanceof HandshakeError) || tls.options.supportDowngrade !== true || signal.aborted) throw error;
    return plain(target, signal);
  }
}

const ignore = (): void => undefined;

function plain(target: Target, signal: AbortSignal): Promise<Socket> {
  return opened(connectTcp(target), 'connect', signal);
}

async function secure(target: Extract<Target, { host: string }>, signal: AbortSignal, tls: DialTls): Promise<Socket> {
  const { host, port } = target;
  const { options, credentials } = tls;
  let connected = false;
  const socket: TLSSocket = connectTls({
    host,
    port,
    servername: isIP(host) === 0 ? host : '',
    secureContext: credentials.context,
    rejectUnauthorized: options.verifyServerCert ?? true,
    // Names are looked at below, by the scheme that was chosen.
    checkServerIdentity: () => undefined,
    ALPNProtocols: ['http/1.1'],
  });
  socket.once('connect', () => {
    connected = true;
  });
  try {
    await opened(socket, 'secureConnect', signal);
  } catch (error) {
    if (!connected || certificateCode.test(tlsErrorCode(error) ?? ''))
      throw new Error(tlsErrorText(error), { cause: error });
    throw new HandshakeError(tlsErrorText(error), { cause: error });
  }
  const problem = await peerProblem(
    socket,
    { dialled: true, host, ip: socket.remoteAddress },
    { options, authorities: credentials.authorities },
  );
  if (problem === undefined) return socket;
  socket.destroy();
  throw new Error(problem);
}

function opened(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      socket.destroy(new Error('it was given up'));
    };
    const closed = (): void => {
      signal.removeEventListener('abort', abort);
    };
    socket.once('close', closed);
    // For good: an error after the first must not be one that nobody listens to.
    socket.on('error', ignore);
    socket.on('error', reject);
    socket.once(event, () => {
      // What is not needed any more would stay for as long as the connection.
      socket.off('close', closed);
      socket.off('error', reject);
      closed();
      resolve(socket);
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
