import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorText } from '@mesos-ts/libprocess';
import { parseModules, type WantedLibrary, type WantedModule } from './manifest.ts';
import { moduleProblem, type Module } from './module.ts';
import type { FlagValues } from '@mesos-ts/flags';
import type { AuthenticatorFactory } from '../authentication/http-authenticators.ts';
import type { PeerAuthenticator } from '../authentication/peer-authenticator.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { SecretResolver } from '../secret-resolver.ts';
import type { modulesFlags } from './flags.ts';

/** What can be named in flags besides what is built in. Something is made when it is named. */
export interface LoadedModules {
  readonly httpAuthenticators: Readonly<Record<string, AuthenticatorFactory>>;
  readonly authenticators: Readonly<Record<string, () => PeerAuthenticator>>;
  readonly authorizers: Readonly<Record<string, () => Authorizer>>;
  readonly secretResolvers: Readonly<Record<string, () => SecretResolver>>;
}

/** What there is without `--modules`. */
export const noModules: LoadedModules = {
  httpAuthenticators: {},
  authenticators: {},
  authorizers: {},
  secretResolvers: {},
};

/**
 * Loads what `--modules` or `--modules_dir` name: libraries are ES modules, each of whose modules is an export of its name.
 * @throws with the library and the module when one cannot be loaded.
 */
export async function loadModules(flags: FlagValues<ReturnType<typeof modulesFlags>>): Promise<LoadedModules> {
  const { modules: given, modules_dir: directory } = flags;
  if (given !== undefined && directory !== undefined) {
    throw new Error('Only one of --modules or --modules_dir should be specified');
  }
  const libraries = [
    ...(given === undefined ? [] : librariesOf(given, '--modules')),
    ...(directory === undefined ? [] : manifestsIn(directory)),
  ];
  const loaded = new Map<string, readonly [WantedModule, Module]>();
  for (const library of libraries) {
    const exported = await exportsOf(library);
    for (const wanted of library.modules) {
      if (loaded.has(wanted.name)) throw new Error(`There are two modules '${wanted.name}'`);
      loaded.set(wanted.name, [wanted, checked(library, wanted.name, exported)]);
    }
  }
  return sorted(loaded);
}

function librariesOf(json: unknown, where: string): readonly WantedLibrary[] {
  const { error, value } = parseModules(json);
  if (value === undefined) throw new Error(`${where} cannot be used: ${error}`);
  return value;
}

/** The manifests of a directory, in the order of their names. */
function manifestsIn(directory: string): readonly WantedLibrary[] {
  let names: string[];
  try {
    names = readdirSync(directory).toSorted();
  } catch (error) {
    throw new Error(`--modules_dir cannot be read: ${errorText(error)}`, { cause: error });
  }
  return names.flatMap((name) => {
    const path = join(directory, name);
    let json: unknown;
    try {
      json = JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw new Error(`The manifest '${path}' cannot be read: ${errorText(error)}`, { cause: error });
    }
    return librariesOf(json, `The manifest '${path}'`);
  });
}

async function exportsOf({ file }: WantedLibrary): Promise<Readonly<Record<string, unknown>>> {
  const url = file.startsWith('file:') ? file : pathToFileURL(resolve(file)).href;
  try {
    return (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new Error(`Error opening library '${file}': ${errorText(error)}`, { cause: error });
  }
}

function checked({ file }: WantedLibrary, name: string, exported: Readonly<Record<string, unknown>>): Module {
  if (!Object.hasOwn(exported, name)) throw new Error(`The library '${file}' exports no module '${name}'`);
  const problem = moduleProblem(exported[name]);
  if (problem !== undefined) throw new Error(`The module '${name}' of the library '${file}' ${problem}`);
  return exported[name] as Module;
}

function sorted(loaded: ReadonlyMap<string, readonly [WantedModule, Module]>): LoadedModules {
  const httpAuthenticators: Record<string, AuthenticatorFactory> = {};
  const authenticators: Record<string, () => PeerAuthenticator> = {};
  const authorizers: Record<string, () => Authorizer> = {};
  const secretResolvers: Record<string, () => SecretResolver> = {};
  for (const [name, [{ parameters }, module]] of loaded) {
    if (module.kind === 'HttpAuthenticator') {
      httpAuthenticators[name] = (realm) => module.create(parameters, realm);
    } else if (module.kind === 'Authenticator') authenticators[name] = () => module.create(parameters);
    else if (module.kind === 'Authorizer') authorizers[name] = () => module.create(parameters);
    else secretResolvers[name] = () => module.create(parameters);
  }
  return { httpAuthenticators, authenticators, authorizers, secretResolvers };
}
