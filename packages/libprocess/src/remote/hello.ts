import { canonicalAddress } from './address.ts';
import { control, wireVersion } from './frame.ts';
import { ProcessError } from '../errors.ts';
import type { Entry, HelloEntry } from './frame.ts';

/** What a greeting says. */
export interface Hello {
  readonly address: string;
  readonly incarnation: string;
  /** What either end may later say to have another connection take the place of this one; empty where it may not. */
  readonly key: string;
  /** The key of the connection whose place this one takes, with its links; empty where it takes none. */
  readonly resumes: string;
  /** What is to be answered by proofs. */
  readonly nonce: Uint8Array | undefined;
  readonly proofs: readonly Uint8Array[];
}

/** Reads a greeting; throws with the reason when it is none that can be answered. */
export function readHello(entry: Entry | undefined): Hello {
  if (entry?.[0] !== control.hello) throw new ProcessError('HANDSHAKE_FAILED', 'Expected a greeting');
  const [, version, address, incarnation, key = '', resumes = '', nonce, proofs = []]: HelloEntry = entry;
  if (version !== wireVersion) {
    throw new ProcessError('HANDSHAKE_FAILED', `Expected wire version ${wireVersion}, got ${version}`);
  }
  return { address: canonicalAddress(address), incarnation, key, resumes, nonce, proofs };
}

/** Writes a greeting, without what it does not need to say. */
export function helloEntry({ address, incarnation, key, resumes, nonce, proofs }: Hello): HelloEntry {
  const plain = [control.hello, wireVersion, address, incarnation] as const;
  if (nonce !== undefined) {
    return proofs.length === 0 ? [...plain, key, resumes, nonce] : [...plain, key, resumes, nonce, proofs];
  }
  if (resumes !== '') return [...plain, key, resumes];
  return key === '' ? plain : [...plain, key];
}

/** Compares two nonces in a time that does not tell where they differ. */
export function sameBytes(one: Uint8Array, two: Uint8Array): boolean {
  let difference = one.length ^ two.length;
  for (let index = 0; index < one.length; index++) difference |= (one[index] ?? 0) ^ (two[index] ?? 0);
  return difference === 0;
}

/** Compares two texts likewise. */
export function sameText(one: string, two: string): boolean {
  let difference = one.length ^ two.length;
  for (let index = 0; index < one.length; index++) difference |= one.charCodeAt(index) ^ two.charCodeAt(index);
  return difference === 0;
}
