import { readSecretFile, type SecretText } from './secret-file.ts';

/** Secrets by principal. */
export type Credentials = ReadonlyMap<string, string>;

/** Who somebody is and what proves it. */
export interface Credential {
  readonly principal: string;
  readonly secret: string;
}

/** Something that was read from a file of secrets, and what the operator should know of that file. */
export interface Loaded<T> {
  readonly value: T;
  readonly warnings: readonly string[];
}

/**
 * Reads the credentials of others from a file: JSON as in `{"credentials": [{"principal": "ann", "secret": "sesame"}]}`, or the plain
 * form of old, a principal and a secret in each line. Of two for one principal the last counts.
 * @throws when the file cannot be read or has no credentials. No message has anything of what is in the file.
 */
export function readCredentials(path: string): Loaded<Credentials> {
  const file = readSecretFile(path, 'credentials');
  const list = isJson(file) ? fromJson(file) : fromLines(file);
  if (list.length === 0) throw new Error(`Credentials file '${path}' must contain at least one credential`);
  return { value: new Map(list.map(({ principal, secret }) => [principal, secret])), warnings: file.warnings };
}

/**
 * Reads the one credential that a program has for itself: JSON as in `{"principal": "ann", "secret": "sesame"}`, or both in a line.
 * @throws as `readCredentials`.
 */
export function readCredential(path: string): Loaded<Credential> {
  const file = readSecretFile(path, 'credential');
  const list = isJson(file) ? [credentialOf(parsed(file), file, 'it')] : fromLines(file);
  const [credential] = list;
  if (credential === undefined) throw new Error(`Empty credential file '${path}'`);
  if (list.length > 1) throw new Error(`Credential file '${path}' has more than one credential`);
  return { value: credential, warnings: file.warnings };
}

function isJson({ text }: SecretText): boolean {
  return text.trimStart().startsWith('{');
}

function fromJson(file: SecretText): Credential[] {
  const json = parsed(file);
  const list = isObject(json) ? json['credentials'] : undefined;
  if (!Array.isArray(list)) throw new Error(`Credentials file '${file.path}' has no list 'credentials'`);
  return list.map((entry, index) => credentialOf(entry, file, `credentials[${index}]`));
}

function fromLines({ path, text }: SecretText): Credential[] {
  const credentials: Credential[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [principal, secret, ...rest] = line.trim().split(/\s+/);
    if (principal === undefined || secret === undefined || rest.length > 0) {
      throw new Error(`Line ${index + 1} of credentials file '${path}' is not a principal and a secret`);
    }
    credentials.push({ principal, secret });
  }
  return credentials;
}

function parsed({ path, text }: SecretText): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says of it has a piece of the text.
    throw new Error(`Credentials file '${path}' is not valid JSON`);
  }
}

function credentialOf(json: unknown, { path }: SecretText, place: string): Credential {
  const { principal, secret } = isObject(json) ? json : {};
  if (typeof principal !== 'string' || principal === '') {
    throw new Error(`Credentials file '${path}' cannot be used: ${place} has no principal`);
  }
  // Mesos takes no secret for an empty one, with which anybody would be let in.
  if (typeof secret !== 'string' || secret === '') {
    throw new Error(`Credentials file '${path}' cannot be used: ${place} has no secret`);
  }
  return { principal, secret };
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
