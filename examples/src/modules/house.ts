/**
 * Modules of one's own for masters and agents, loaded by `--modules`: who comes in by an API key, whose TLS certificate means whom, and
 * what they may do, and where secrets of tasks are kept. An ES module in JavaScript does as well; `Module` says what it must export.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { approveAll, approversBy, type Module } from '@mesos-ts/daemon';

/** The parameter of that key. Whoever wrote the manifest is told what is missing, and the program does not start. */
function parameter(parameters: Readonly<Record<string, string>>, key: string): string {
  const value = parameters[key];
  if (value === undefined) throw new Error(`The parameter '${key}' is missing`);
  return value;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Knows HTTP clients by the header `X-Api-Key`. The parameter `file` names a JSON file of principals by key. */
export const org_example_ApiKeys: Module = {
  kind: 'HttpAuthenticator',
  create: (parameters, realm) => {
    const file = parameter(parameters, 'file');
    const keys: Readonly<Record<string, string>> = JSON.parse(readFileSync(file, 'utf8'));
    // By digest, so that how long a look-up takes says nothing about the keys.
    const principals = new Map(Object.entries(keys).map(([key, principal]) => [digest(key), principal]));
    return {
      scheme: 'ApiKey',
      authenticate: ({ headers }) => {
        const value = principals.get(digest(String(headers['x-api-key'] ?? '')));
        if (value === undefined) return { kind: 'unauthorized', challenges: [`ApiKey realm="${realm}"`] };
        return { kind: 'authenticated', principal: { value } };
      },
    };
  },
};

/** Knows agents and schedulers by the SPIFFE id in their certificates: that is `spiffe://<the parameter domain>/<principal>`. */
export const org_example_Spiffe: Module = {
  kind: 'Authenticator',
  create: (parameters) => {
    const prefix = `URI:spiffe://${parameter(parameters, 'domain')}/`;
    return {
      principalOf: ({ certificate }) => {
        const names = certificate?.subjectAltName?.split(', ') ?? [];
        return names.find((name) => name.startsWith(prefix))?.slice(prefix.length);
      },
    };
  },
};

/** Lets the parameter `admins`, with commas between, do everything, and everybody else look at everything but sandboxes and flags. */
export const org_example_LookOnly: Module = {
  kind: 'Authorizer',
  create: (parameters) => {
    const admins = new Set(parameter(parameters, 'admins').split(','));
    const looking = approversBy(
      (action) => action !== 'VIEW_FLAGS' && (action.startsWith('VIEW_') || action.startsWith('GET_')),
    );
    return { approvers: (principal) => (admins.has(principal?.value ?? '') ? approveAll : looking) };
  },
};

/** Finds secrets in files of the parameter `directory`: a reference's name is the file's, its key, if any, is a member of the JSON there. */
export const org_example_SecretFiles: Module = {
  kind: 'SecretResolver',
  create: (parameters) => {
    const directory = parameter(parameters, 'directory');
    return {
      resolve: async ({ reference, value }, signal) => {
        if (reference === undefined) return value?.data ?? new Uint8Array();
        const { key, name } = reference;
        // Frameworks choose the name: it must not lead out of the directory.
        if (!/^\w[\w-]*$/.test(name)) throw new Error(`'${name}' is no name of a secret`);
        const bytes = await readFile(join(directory, name), { signal }).catch(() => undefined);
        if (bytes === undefined) throw new Error(`There is no secret '${name}'`);
        if (key === undefined) return bytes;
        const member = memberOf(bytes.toString(), key);
        if (typeof member !== 'string') throw new Error(`The secret '${name}' has no '${key}'`);
        return Buffer.from(member);
      },
    };
  },
};

/** What is wrong with the JSON is not told: the words would have a part of the secret in them. */
function memberOf(json: string, key: string): unknown {
  try {
    const members: Readonly<Record<string, unknown>> = JSON.parse(json);
    return Object.hasOwn(members, key) ? members[key] : undefined;
  } catch {
    return undefined;
  }
}
