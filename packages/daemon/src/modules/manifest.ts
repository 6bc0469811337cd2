import type { Parsed } from '@mesos-ts/flags';
import type { ModuleParameters } from './module.ts';

/** A module that a manifest wants. */
export interface WantedModule {
  readonly name: string;
  readonly parameters: ModuleParameters;
}

/** An ES module with modules of Mesos in it. */
export interface WantedLibrary {
  /** As in the manifest: an absolute path, one from the working directory, or a `file:` URL. */
  readonly file: string;
  readonly modules: readonly WantedModule[];
}

/**
 * Reads what `--modules` says (Mesos's `Modules` message):
 * `{"libraries": [{"file": "/path/to/it.mjs", "modules": [{"name": "org_example_It", "parameters": [{"key": "a", "value": "b"}]}]}]}`.
 * Unlike in Mesos a name that is not known is refused: what is misspelled would guard nothing.
 */
export function parseModules(json: unknown): Parsed<readonly WantedLibrary[]> {
  try {
    const { libraries } = fieldsOf(json, 'modules', ['libraries']);
    return { value: listOf(libraries, 'libraries').map((each, index) => libraryOf(each, `libraries[${index}]`)) };
  } catch (error) {
    if (error instanceof ManifestProblem) return { error: error.message };
    throw error;
  }
}

/** Made and caught here. */
class ManifestProblem extends Error {}

function libraryOf(json: unknown, path: string): WantedLibrary {
  const { file, modules, name } = fieldsOf(json, path, ['file', 'modules', 'name']);
  if (file === undefined && name !== undefined) {
    throw new ManifestProblem(`'${path}.name' is of a shared library: Expecting 'file', the path of an ES module`);
  }
  return {
    file: textOf(file, `${path}.file`),
    modules: listOf(modules, `${path}.modules`).map((each, index) => moduleOf(each, `${path}.modules[${index}]`)),
  };
}

function moduleOf(json: unknown, path: string): WantedModule {
  const { name, parameters: list } = fieldsOf(json, path, ['name', 'parameters']);
  const parameters = listOf(list, `${path}.parameters`).map((each, index): readonly [string, string] => {
    const place = `${path}.parameters[${index}]`;
    const { key, value } = fieldsOf(each, place, ['key', 'value']);
    return [textOf(key, `${place}.key`), textOf(value, `${place}.value`)];
  });
  const keys = parameters.map(([key]) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new ManifestProblem(`'${path}.parameters' has '${twice}' twice`);
  return { name: textOf(name, `${path}.name`), parameters: Object.fromEntries(parameters) };
}

function fieldsOf<N extends string>(json: unknown, path: string, names: readonly N[]): Partial<Record<N, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ManifestProblem(`'${path}' must be an object`);
  }
  const unknown = Object.keys(json).find((name) => !names.some((known) => known === name));
  if (unknown === undefined) return json;
  throw new ManifestProblem(
    `'${path}.${unknown}' is not known: Expecting ${names.map((name) => `'${name}'`).join(', ')}`,
  );
}

function listOf(json: unknown, path: string): readonly unknown[] {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) throw new ManifestProblem(`'${path}' must be a list`);
  return json;
}

function textOf(json: unknown, path: string): string {
  if (typeof json !== 'string' || json === '') throw new ManifestProblem(`'${path}' must be a text`);
  return json;
}
