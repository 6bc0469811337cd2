import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { loadModules, secretResolverOf } from '../../src/index.ts';
import type { ExecutionContext } from 'ava';
import type { JsonObject } from '@mesos-ts/flags';

const source = `
export const org_example_A = { kind: 'HttpAuthenticator', create: (parameters, realm) => ({ scheme: 'A', parameters, realm }) };
export const org_example_B = { kind: 'Authenticator', create: ({ name }) => ({ principalOf: () => name }) };
export const org_example_C = { kind: 'Authorizer', create: () => ({ approvers: () => ({ approves: () => false }) }) };
export const org_example_D = { kind: 'Isolator', create: () => ({}) };
export const org_example_E = { kind: 'Authorizer' };
export const org_example_F = 1;
export const org_example_S = { kind: 'SecretResolver', create: ({ name }) => ({ resolve: () => Buffer.from(name) }) };
`;

async function library(t: ExecutionContext): Promise<{ folder: string; file: string }> {
  const temporary = await temporaryFolder();
  t.teardown(async () => {
    await temporary[Symbol.asyncDispose]();
  });
  const { path: folder } = temporary;
  const file = join(folder, 'library.mjs');
  await writeFile(file, source);
  return { folder, file };
}

const load = (modules?: JsonObject, modules_dir?: string): ReturnType<typeof loadModules> =>
  loadModules({ modules, modules_dir });

test('the modules of a library are made when they are named, with the parameters of the manifest', async (t) => {
  const { file } = await library(t);
  const parameters = [{ key: 'name', value: 'ann' }];
  const modules = [
    { name: 'org_example_A', parameters },
    { name: 'org_example_B', parameters },
    { name: 'org_example_C' },
    { name: 'org_example_S', parameters },
  ];
  for (const each of [file, pathToFileURL(file).href]) {
    const loaded = await load({ libraries: [{ file: each, modules }] });
    t.like(loaded.httpAuthenticators['org_example_A']?.('a realm'), { parameters: { name: 'ann' }, realm: 'a realm' });
    t.is(loaded.authenticators['org_example_B']?.().principalOf({} as never), 'ann');
    t.false(loaded.authorizers['org_example_C']?.().approvers(undefined).approves('VIEW_FLAGS'));
    const resolver = secretResolverOf('org_example_S', loaded.secretResolvers);
    t.deepEqual(await resolver.resolve({}, new AbortController().signal), Buffer.from('ann'));
    t.throws(() => secretResolverOf('org_example_A', loaded.secretResolvers), {
      message: "Secret resolver 'org_example_A' not found among the modules: Expecting org_example_S",
    });
  }
});

test('without flags there are no modules', async (t) => {
  t.deepEqual(await load(), { httpAuthenticators: {}, authenticators: {}, authorizers: {}, secretResolvers: {} });
});

test('what is in a directory is read in the order of the names', async (t) => {
  const { folder, file } = await library(t);
  const directory = join(folder, 'manifests');
  await mkdir(directory);
  await writeFile(
    join(directory, '1.json'),
    JSON.stringify({ libraries: [{ file, modules: [{ name: 'org_example_A' }] }] }),
  );
  await writeFile(
    join(directory, '2.json'),
    JSON.stringify({ libraries: [{ file, modules: [{ name: 'org_example_C' }] }] }),
  );
  const { authorizers, httpAuthenticators } = await load(undefined, directory);
  t.deepEqual([Object.keys(authorizers), Object.keys(httpAuthenticators)], [['org_example_C'], ['org_example_A']]);
  await t.throwsAsync(load({}, directory), { message: 'Only one of --modules or --modules_dir should be specified' });
  await writeFile(join(directory, '3.json'), '{');
  await t.throwsAsync(load(undefined, directory), { message: /^The manifest '.*3\.json' cannot be read: / });
  await t.throwsAsync(load(undefined, join(folder, 'nowhere')), { message: /^--modules_dir cannot be read: / });
});

test('what cannot be used is refused, with its name and its place', async (t) => {
  const { folder, file } = await library(t);
  const of = (...names: string[]): JsonObject => ({ libraries: [{ file, modules: names.map((name) => ({ name })) }] });
  const kinds = 'HttpAuthenticator, Authenticator, Authorizer, SecretResolver';
  const cases: readonly [JsonObject, string | RegExp][] = [
    [of('org_example_G'), `The library '${file}' exports no module 'org_example_G'`],
    [of('org_example_D'), `The module 'org_example_D' of the library '${file}' is none of these kinds: ${kinds}`],
    [of('org_example_E'), `The module 'org_example_E' of the library '${file}' has no function 'create'`],
    [of('org_example_F'), `The module 'org_example_F' of the library '${file}' is not an object with a kind`],
    [of('org_example_A', 'org_example_A'), "There are two modules 'org_example_A'"],
    [{ libraries: [{ file: join(folder, 'no.mjs') }] }, /^Error opening library '.*no\.mjs': /],
    [{ libraries: [{ name: 'house' }] }, /'libraries\[0\]\.name' is of a shared library: Expecting 'file'/],
    [{ libraries: [{}] }, /'libraries\[0\]\.file' must be a text$/],
    [{ libraries: {} }, /'libraries' must be a list$/],
    [{ librarys: [] }, /'modules\.librarys' is not known: Expecting 'libraries'$/],
    [{ libraries: [1] }, /'libraries\[0\]' must be an object$/],
    [{ libraries: [{ file, modules: [{}] }] }, /'libraries\[0\]\.modules\[0\]\.name' must be a text$/],
    [
      { libraries: [{ file, modules: [{ name: 'a', parameters: [{ key: 'k' }] }] }] },
      /'libraries\[0\]\.modules\[0\]\.parameters\[0\]\.value' must be a text$/,
    ],
    [
      {
        libraries: [
          {
            file,
            modules: [
              {
                name: 'a',
                parameters: [
                  { key: 'k', value: '1' },
                  { key: 'k', value: '2' },
                ],
              },
            ],
          },
        ],
      },
      /parameters' has 'k' twice$/,
    ],
  ];
  for (const [json, message] of cases) await t.throwsAsync(load(json), { message }, JSON.stringify(json));
});
