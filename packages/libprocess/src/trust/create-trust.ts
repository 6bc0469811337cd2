import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseTarget } from '../remote/address.ts';
import { ProcessError } from '../errors.ts';
import { readSecrets } from './secret-file.ts';
import { proofBytes, secretsMax } from './trust.ts';
import type { X509Certificate } from 'node:crypto';
import type { Evidence } from '../transport/transport.ts';
import type { AddressCheck, Claim, Handshake, ProofPurpose, Trust } from './trust.ts';

/** Text or bytes that those who trust each other know and nobody else: at least 16 bytes, best 32 random ones. */
export type Secret = string | Uint8Array;

/** Whether a certificate is one for a runtime's address, `ip:port`. */
export type CertificateVerifier = (certificate: X509Certificate, address: string) => boolean | Promise<boolean>;

/** Options of `createTrust`; at least one of them. */
export interface TrustOptions {
  /**
   * Secrets of which both ends must know one in common, 1 to 8. To change a secret: add the new one everywhere, in any order; then take
   * the old one away everywhere. A function is asked at each greeting, with the address of the other end: it may answer what a file has
   * now, or secrets of that pair only, which then prove the address too.
   */
  readonly secrets?: readonly Secret[] | ((address: string) => readonly Secret[]);
  /** A file with the secrets, one in each line; lines that begin with `#` do not count. Read at once, and again by `reload`. */
  readonly secretFile?: string;
  /**
   * Whether the other end must have shown a certificate, verified by TLS, that is for the address it claims: for its IP address, or
   * whatever the function says. Needs TLS with `requireClientCert` and `verifyServerCert`.
   */
  readonly certificates?: boolean | CertificateVerifier;
  /** @default 'dial-back' for a list or a file of secrets, which all who know one share; else 'claimed' */
  readonly addresses?: AddressCheck;
}

const secretBytesMin = 16;

/**
 * Who may talk with a runtime, as an option of it: `new Runtime({ transport, trust: createTrust({ secrets: [secret] }) })`. All runtimes
 * that are to reach each other need the same kind. Whoever fails is sent nothing but a greeting, and nothing of what it sends but its
 * greeting is looked at.
 *
 * What each kind guarantees, for as long as the connection lasts:
 *
 * - **Secrets**: the other end knew a secret when it greeted, freshly: nonces of both ends, both addresses and both incarnations are
 *   in what is proved (HMAC-SHA-256), so a recorded greeting is worth nothing. With `dial-back`, whoever has connected is in control of
 *   the address that it claims, even among those who know the secret; whom this runtime connects to must be at the address that it
 *   claims, and is dialled there. Over TLS the proof is bound to that very TLS connection, and nobody can sit between. Without TLS, the
 *   greeting is protected and what follows is not: whoever can change packets under way can go on in the name of either end.
 * - **Certificates**: the other end has the key of a certificate for the address, or for its IP address: two runtimes of one IP address
 *   that have certificates for it can pass for each other. Everything that follows is protected by TLS.
 *
 * A message's `from` always has the address that was agreed on when its connection was greeted on: no message carries one.
 *
 * @throws `TRUST_INVALID` for options that would trust everybody, a secret that is too short, or a file that cannot be read.
 */
export function createTrust(options: TrustOptions): Trust {
  return new ConfiguredTrust(options);
}

class ConfiguredTrust implements Trust {
  readonly addresses: AddressCheck;
  readonly secret: boolean;
  readonly provesAddress: boolean;
  readonly #secrets: (address: string) => readonly Uint8Array[];
  readonly #file: string | undefined;
  #fromFile: readonly Uint8Array[] = [];
  readonly #certificates: CertificateVerifier | undefined;

  constructor({ addresses, certificates = false, secretFile, secrets }: TrustOptions) {
    if (secrets !== undefined && secretFile !== undefined) throw invalid('there are both secrets and a secretFile');
    this.secret = secrets !== undefined || secretFile !== undefined;
    this.#file = secretFile;
    this.addresses = addresses ?? (Array.isArray(secrets) || secretFile !== undefined ? 'dial-back' : 'claimed');
    this.provesAddress = certificates !== false || typeof secrets === 'function' || this.addresses === 'dial-back';
    if (!this.secret && certificates === false && this.addresses === 'claimed') {
      throw invalid('there must be secrets, certificates or a check of addresses');
    }
    if (!this.secret && this.addresses === 'dial-back') {
      throw invalid("'dial-back' needs secrets: else anybody could have this runtime connect to anybody");
    }
    if (secretFile !== undefined) {
      this.#fromFile = checkedSecrets(readSecrets(secretFile));
      this.#secrets = () => this.#fromFile;
    } else if (typeof secrets === 'function') {
      this.#secrets = (address) => checkedSecrets(secrets(address));
    } else {
      const checked = secrets === undefined ? [] : checkedSecrets(secrets);
      this.#secrets = () => checked;
    }
    this.#certificates = certificates === true ? isForIp : certificates === false ? undefined : certificates;
  }

  async evidenceProblem(address: string, evidence: Evidence): Promise<string | undefined> {
    if (this.addresses === 'source-ip' && ipOf(address) !== evidence.ip) {
      return `it is at ${evidence.ip ?? 'no IP address'} and calls itself ${address}`;
    }
    if (this.#certificates === undefined) return undefined;
    if (evidence.certificate === undefined) return 'it has shown no certificate that is verified';
    return (await this.#certificates(evidence.certificate, address))
      ? undefined
      : `its certificate is not for ${address}`;
  }

  reload(): boolean {
    if (this.#file === undefined) return false;
    const before = this.#fromFile;
    this.#fromFile = checkedSecrets(readSecrets(this.#file));
    return Buffer.compare(Buffer.concat(before), Buffer.concat(this.#fromFile)) !== 0;
  }

  prove(purpose: ProofPurpose, handshake: Handshake): readonly Uint8Array[] {
    const text = transcript(purpose, handshake);
    const { address } = purpose === 'dialler' ? handshake.acceptor : handshake.dialler;
    return this.#secrets(address).map((secret) => createHmac('sha256', secret).update(text).digest());
  }

  proofProblem(purpose: ProofPurpose, handshake: Handshake, proofs: readonly Uint8Array[]): string | undefined {
    const text = transcript(purpose, handshake);
    const { address } = purpose === 'dialler' ? handshake.dialler : handshake.acceptor;
    let known = false;
    // Every proof is compared with every secret, whatever was found before: the time tells nothing.
    for (const secret of this.#secrets(address)) {
      const expected = createHmac('sha256', secret).update(text).digest();
      for (const proof of proofs) {
        if (proof.length === proofBytes && timingSafeEqual(proof, expected)) known = true;
      }
    }
    return known ? undefined : 'it does not know the secret';
  }
}

function isForIp(certificate: X509Certificate, address: string): boolean {
  const ip = ipOf(address);
  return ip !== undefined && certificate.checkIP(ip) !== undefined;
}

function ipOf(address: string): string | undefined {
  const target = parseTarget(address);
  return target !== undefined && 'host' in target ? target.host : undefined;
}

function checkedSecrets(secrets: readonly Secret[]): readonly Uint8Array[] {
  if (secrets.length === 0) throw invalid('there is no secret');
  if (secrets.length > secretsMax) throw invalid(`there are more than ${secretsMax} secrets`);
  return secrets.map((secret) => {
    const bytes = Buffer.from(secret);
    if (bytes.length < secretBytesMin) throw invalid(`a secret has fewer than ${secretBytesMin} bytes`);
    return bytes;
  });
}

/** What a proof is about. Each part is preceded by its length, so that no two handshakes have the same transcript. */
function transcript(purpose: ProofPurpose, { dialler, acceptor, channelBinding, subject }: Handshake): Buffer {
  const nothing = new Uint8Array(0);
  const parts = [
    'libprocess.1',
    purpose,
    ...partsOf(dialler),
    ...partsOf(acceptor),
    channelBinding ?? nothing,
    subject ?? nothing,
  ];
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

function partsOf({ address, incarnation, nonce }: Claim): readonly (string | Uint8Array)[] {
  return [address, incarnation, nonce];
}

function invalid(reason: string): ProcessError {
  return new ProcessError('TRUST_INVALID', `This would not be trust: ${reason}`);
}
