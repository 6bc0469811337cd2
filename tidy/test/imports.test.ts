import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import test from 'ava';
import { imports, manifest, sources, workspaces } from '../src/tree.ts';

// A package may import those of the floors below its own, and those named beside it.
const floors: readonly (readonly string[])[] = [
  ['flags'],
  ['libprocess', 'protocol'],
  ['daemon', 'election', 'fetcher', 'http-api', 'replicated-log'],
  ['executor', 'operator', 'scheduler', 'state'],
  ['agent', 'master'],
  ['cli'],
  ['benchmarks', 'examples', 'integration', 'reference'],
];

const files = sources('src', 'test');
const scope = '@mesos-ts/';

function floor(name: string): number {
  return floors.findIndex((names) => names.includes(name));
}

test('every workspace has its floor', (t) => {
  const known = new Set([...floors.flat(), 'tidy']);
  t.deepEqual(
    workspaces.map((workspace) => workspace.replace('packages/', '')).filter((name) => !known.has(name)),
    [],
  );
});

test('packages import only packages of lower floors, by their public entries', (t) => {
  const wrong = files.flatMap(({ path, workspace, text }) => {
    const own = floor(workspace.replace('packages/', ''));
    return imports(text)
      .filter((specifier) => specifier.startsWith(scope))
      .filter((specifier) => {
        const [name = '', ...entry] = specifier.slice(scope.length).split('/');
        // Examples in the tests of a package import it as its users do.
        if (`packages/${name}` === workspace && path.startsWith(`${workspace}/test/`)) return false;
        return floor(name) >= own || entry.length > 1 || entry[0] === 'src' || entry[0] === 'dist';
      })
      .map((specifier) => `${path} imports ${specifier}`);
  });
  t.deepEqual(wrong, []);
});

test('relative imports stay within their workspace', (t) => {
  const wrong = files.flatMap(({ path, workspace, text }) =>
    imports(text)
      .filter((specifier) => specifier.startsWith('.'))
      .filter((specifier) => !normalize(join(dirname(path), specifier)).startsWith(`${workspace}/`))
      .map((specifier) => `${path} imports ${specifier}`),
  );
  t.deepEqual(wrong, []);
});

test('no file imports itself by way of others, types included', (t) => {
  const graph = new Map(
    files.map(({ path, text }) => [
      path,
      imports(text)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => normalize(join(dirname(path), specifier))),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  t.deepEqual(cycles, []);
});

test('each workspace declares what it imports, and imports what it declares', (t) => {
  const wrong: string[] = [];
  const rootDependencies = Object.keys(manifest('.').devDependencies ?? {});
  for (const workspace of workspaces) {
    const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifest(workspace);
    const used = new Set<string>();
    for (const { path, text } of files.filter((file) => file.workspace === workspace)) {
      const allowed =
        path.startsWith(`${workspace}/src/`) && workspace.startsWith('packages/')
          ? Object.keys({ ...dependencies, ...peerDependencies })
          : [...Object.keys(dependencies), ...Object.keys(devDependencies), ...rootDependencies];
      for (const specifier of imports(text)) {
        if (specifier.startsWith('.') || builtinModules.includes(specifier.replace('node:', ''))) continue;
        const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
        used.add(name);
        if (`packages/${name.slice(scope.length)}` === workspace && path.startsWith(`${workspace}/test/`)) continue;
        if (!allowed.includes(name))
          wrong.push(`${path} imports ${name}, which ${workspace}/package.json does not declare`);
      }
    }
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      if (!used.has(name) && !name.startsWith('@types/'))
        wrong.push(`${workspace} declares ${name} and does not import it`);
    }
  }
  t.deepEqual(wrong, []);
});
