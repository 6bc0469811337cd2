import { errorText } from '../errors.ts';

// Codes of Node.js and of OpenSSL's reasons, which Node.js makes codes of, in words that say which end is to be looked at.
const explanations: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate has been revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself and not trusted here',
  ECONNRESET: 'it ended the connection during the TLS handshake',
  ERR_SSL_HTTP_REQUEST: 'it does not speak TLS',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'it has shown no certificate',
  ERR_SSL_NO_SHARED_CIPHER: 'no cipher in common',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it does not accept the certificate of this runtime',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'it says that the certificate of this runtime has expired',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'no cipher in common, or it requires a certificate',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it requires a certificate',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'no version of TLS in common',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust the CA of the certificate of this runtime',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'no version of TLS in common',
  ERR_SSL_VERSION_TOO_LOW: 'no version of TLS in common',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the TLS handshake took too long',
  INVALID_PURPOSE: 'its certificate is not meant for this',
  SELF_SIGNED_CERT_IN_CHAIN: 'its CA is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its CA is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its CA is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its CA is not trusted here',
};

/** The code of an error in a TLS handshake, as in Node's errors. */
export function tlsErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  // Where Node gives a code of the system, OpenSSL's own reason tells more.
  const { code } = error;
  if ('reason' in error && typeof error.reason === 'string' && !code.startsWith('ERR_')) {
    return canonical(`ERR_SSL_${error.reason.toUpperCase().replaceAll(' ', '_')}`);
  }
  return canonical(code);
}

/** OpenSSL 3.5, in Node.js 24, calls alerts of SSL 3 otherwise than those before. */
function canonical(code: string): string {
  return code.replace('SSL/TLS_ALERT', 'SSLV3_ALERT');
}

/** What went wrong in a TLS handshake, in words where the code is a known one; OpenSSL's own text is one for programmers. */
export function tlsErrorText(error: unknown): string {
  const code = tlsErrorCode(error);
  return code === undefined || explanations[code] === undefined ? errorText(error) : tlsCodeText(code);
}

/** What the code of an error in a TLS handshake means. */
export function tlsCodeText(code: string): string {
  const explanation = explanations[code];
  return explanation === undefined ? code : `${explanation} (${code})`;
}
