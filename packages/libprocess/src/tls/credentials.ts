import { X509Certificate, createHash, createPrivateKey } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { errorText } from '../errors.ts';
import { checkTlsOptions, tlsInvalid } from './tls-options.ts';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { TlsOptions } from './tls-options.ts';

/** What TLS needs of files, as it was when they were read. */
export interface Credentials {
  /** For servers. */
  readonly options: SecureContextOptions;
  /** For connections that are made. */
  readonly context: SecureContext;
  /** This runtime's own certificate. */
  readonly certificate: X509Certificate;
  /** The certificates of the CAs that were given. */
  readonly authorities: readonly X509Certificate[];
  /** Differs when the content of any file does. */
  readonly digest: string;
}

// A CA's certificate takes 1 to 2 KiB; the bundles of operating systems 250 KiB.
const fileBytesMax = 16 * 1024 * 1024;
const caFilesMax = 10_000;

/** Reads certificates, key and CAs, and tries them. Rejects with `TLS_INVALID`, which names the file. */
export async function loadCredentials(options: TlsOptions): Promise<Credentials> {
  checkTlsOptions(options);
  const cert = options.cert ?? (await read(options.certFile ?? '', 'certificate'));
  const key = options.key ?? (await read(options.keyFile ?? '', 'key'));
  const ca = await authorities(options);
  const certificate = parsedCertificate(cert, nameOf(options.certFile, 'certificate'));
  checkKey(certificate, key, options);
  const { ciphers, ecdhCurves = 'auto', maxVersion = 'TLSv1.3', minVersion = 'TLSv1.2', passphrase } = options;
  const contextOptions: SecureContextOptions = {
    cert,
    key,
    ecdhCurve: ecdhCurves,
    minVersion,
    maxVersion,
    ...(ca === undefined ? {} : { ca: ca.map(String) }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
  const hash = createHash('sha256');
  for (const part of [cert, key, ...(ca ?? [])]) hash.update(createHash('sha256').update(part).digest());
  const context = secureContext(contextOptions);
  const authorityCertificates = (ca ?? []).flatMap((text) =>
    certificatesIn(text).map((pem) => new X509Certificate(pem)),
  );
  return {
    options: contextOptions,
    context,
    certificate,
    authorities: authorityCertificates,
    digest: hash.digest('hex'),
  };
}

/** The warnings that an operator should see of a certificate that is about to be used. */
export function certificateWarnings({ certificate }: Credentials, nowMs: number): string[] {
  const { validFrom, validTo } = certificate;
  if (nowMs > Date.parse(validTo)) return [`The TLS certificate has expired on ${validTo}`];
  if (nowMs < Date.parse(validFrom)) return [`The TLS certificate is not valid before ${validFrom}`];
  return [];
}

async function read(path: string, what: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > fileBytesMax) throw new Error(`it has more than ${fileBytesMax} bytes`);
    return await readFile(path);
  } catch (error) {
    throw tlsInvalid(`the ${what} '${path}' cannot be read: ${errorText(error)}`, error);
  }
}

/** The certificates of the CAs, each file's on its own; undefined for those that Node.js trusts. */
async function authorities({ ca, caFile, caDir }: TlsOptions): Promise<(string | Buffer)[] | undefined> {
  const found: (string | Buffer)[] = [];
  if (ca !== undefined) found.push(checkedAuthorities(ca, 'ca'));
  if (caFile !== undefined) found.push(checkedAuthorities(await read(caFile, 'CA file'), `CA file '${caFile}'`));
  if (caDir !== undefined) found.push(...(await authoritiesIn(caDir)));
  return found.length === 0 ? undefined : found;
}

const pemCertificate = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

function certificatesIn(text: string | Buffer): readonly string[] {
  return text.toString().match(pemCertificate) ?? [];
}

/** Node.js takes a text without certificates for an empty list of CAs, which would trust nobody and not say why. */
function checkedAuthorities(text: string | Buffer, what: string): string | Buffer {
  const certificates = certificatesIn(text);
  if (certificates.length === 0) throw tlsInvalid(`the ${what} has no certificate in PEM format`);
  for (const certificate of certificates) parsedCertificate(certificate, what);
  return text;
}

/** Every certificate of a folder, whatever the files are called: OpenSSL's own way needs names that are made by `c_rehash`. */
async function authoritiesIn(folder: string): Promise<(string | Buffer)[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw tlsInvalid(`the CA directory '${folder}' cannot be read: ${errorText(error)}`, error);
  }
  if (names.length > caFilesMax) throw tlsInvalid(`the CA directory '${folder}' has more than ${caFilesMax} entries`);
  const found: (string | Buffer)[] = [];
  for (const name of names.toSorted()) {
    const path = join(folder, name);
    // Links of `c_rehash` may lead nowhere by now, and other files may lie beside the certificates.
    const info = await stat(path).catch(() => undefined);
    if (info?.isFile() !== true || info.size > fileBytesMax) continue;
    const content = await read(path, 'CA file');
    if (certificatesIn(content).length > 0) found.push(checkedAuthorities(content, `CA file '${path}'`));
  }
  if (found.length === 0) throw tlsInvalid(`the CA directory '${folder}' has no certificate in PEM format`);
  return found;
}

function parsedCertificate(pem: string | Buffer, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw tlsInvalid(`the ${what} is not a certificate in PEM format: ${errorText(error)}`, error);
  }
}

function checkKey(certificate: X509Certificate, key: string | Buffer, options: TlsOptions): void {
  const what = nameOf(options.keyFile, 'key');
  const { passphrase } = options;
  let matches: boolean;
  try {
    const format = passphrase === undefined ? { key } : { key, passphrase };
    matches = certificate.checkPrivateKey(createPrivateKey(format));
  } catch (error) {
    const encrypted = passphrase === undefined && key.toString().includes('ENCRYPTED');
    const reason = encrypted ? 'is encrypted, and there is no passphrase' : `cannot be used: ${errorText(error)}`;
    throw tlsInvalid(`the ${what} ${reason}`, error);
  }
  if (!matches) throw tlsInvalid(`the ${what} is not that of the ${nameOf(options.certFile, 'certificate')}`);
}

function secureContext(options: SecureContextOptions): SecureContext {
  const { ciphers, ecdhCurve = 'auto' } = options;
  try {
    return createSecureContext(options);
  } catch (error) {
    throw tlsInvalid(`${culprit(options)}: ${errorText(error)}`, error);
  }
  function culprit(tried: SecureContextOptions): string {
    const works = (without: SecureContextOptions): boolean => {
      try {
        createSecureContext({ ...tried, ...without });
        return true;
      } catch {
        return false;
      }
    };
    if (ciphers !== undefined && works({ ciphers: undefined })) return `the ciphers '${ciphers}' are refused`;
    if (works({ ecdhCurve: 'auto' })) return `the curves '${ecdhCurve}' are refused`;
    return 'certificate, key and CAs are refused';
  }
}

function nameOf(path: string | undefined, what: string): string {
  return path === undefined ? what : `${what} '${path}'`;
}
