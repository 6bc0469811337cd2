import './metadata.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { webcrypto } from 'node:crypto';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hourMs = 3_600_000;

/** A certificate and its key, in PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says. */
interface Subject {
  /** IP addresses and names that it is for. */
  readonly names?: readonly string[];
  readonly commonName?: string;
  /** From and to when it is valid, in hours from now. @default [-1, 1] */
  readonly hours?: readonly [from: number, to: number];
}

/** A certificate authority of a test. */
export class Authority {
  readonly cert: string;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #name: string;
  /** The certificates between this one and the root, in PEM, its own first. */
  readonly #chain: string;

  private constructor(name: string, keys: webcrypto.CryptoKeyPair, cert: string, chain: string) {
    this.#name = name;
    this.#keys = keys;
    this.cert = cert;
    this.#chain = chain;
  }

  /** A root. */
  static async create(name = 'a test CA'): Promise<Authority> {
    const keys = await generate();
    const cert = await signed({ name, keys, issuer: name, issuerKeys: keys, subject: {}, authority: true });
    return new Authority(name, keys, cert, '');
  }

  /** An authority below this one. */
  async below(name: string): Promise<Authority> {
    const keys = await generate();
    const cert = await signed({
      name,
      keys,
      issuer: this.#name,
      issuerKeys: this.#keys,
      subject: {},
      authority: true,
    });
    return new Authority(name, keys, cert, cert + this.#chain);
  }

  async issue(subject: Subject = {}): Promise<Identity> {
    const keys = await generate();
    const name = subject.commonName ?? 'a test';
    const cert = await signed({ name, keys, issuer: this.#name, issuerKeys: this.#keys, subject, authority: false });
    const key = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
    return { cert: cert + this.#chain, key };
  }
}

/** Writes a certificate and its key into a folder. */
export async function store(
  folder: string,
  name: string,
  identity: Identity,
): Promise<{ certFile: string; keyFile: string }> {
  const files = { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) };
  await writeFile(files.certFile, identity.cert);
  await writeFile(files.keyFile, identity.key);
  return files;
}

async function generate(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

interface Signing {
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly issuer: string;
  readonly issuerKeys: webcrypto.CryptoKeyPair;
  readonly subject: Subject;
  readonly authority: boolean;
}

async function signed({ name, keys, issuer, issuerKeys, subject, authority }: Signing): Promise<string> {
  const { names = [], hours: [from, to] = [-1, 1] } = subject;
  const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: `CN=${issuer}`,
    publicKey: keys.publicKey,
    signingKey: issuerKeys.privateKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() + from * hourMs),
    notAfter: new Date(Date.now() + to * hourMs),
    extensions: [
      new BasicConstraintsExtension(authority, undefined, true),
      new KeyUsagesExtension(authority ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature, true),
      ...(alternatives.length === 0 ? [] : [new SubjectAlternativeNameExtension(alternatives)]),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}
