import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { repositoryRoot } from '../repository.ts';
import type { ImageFile } from './image-files.ts';

/** Where the project is in the image; laid out as in the repository. */
const imageHome = 'opt/mesos-ts';
/** Programs of the tests themselves, for frameworks in containers of their own. */
const testPrograms = 'integration/dist/src/programs';

interface LockEntry {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly optional?: boolean;
}

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * What the project adds to the base image: the compiled packages and examples with the packages they need at run time,
 * links to their commands in `/usr/local/bin`, and the texts of `docs/`.
 *
 * @throws when the project is not installed or not built.
 */
export function projectFiles(): ImageFile[] {
  const lock = readLock();
  const folders = readdirSync(join(repositoryRoot, 'packages')).map((name) => `packages/${name}`);
  const workspaces = [...folders, 'examples'].filter((folder) => isFile(`${folder}/package.json`));
  const needed = neededPackages(lock, workspaces);
  return [
    ...workspaces.flatMap(workspaceFiles),
    ...needed.flatMap((path) => packageFiles(path, lock[path])),
    ...treeFiles(testPrograms),
    ...treeFiles('docs'),
    file('package.json'),
  ];
}

/** Everything the workspaces depend on, as paths in the lockfile. */
function neededPackages(lock: Readonly<Record<string, LockEntry>>, workspaces: readonly string[]): string[] {
  const needed = new Set<string>();
  const waiting = [...workspaces];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const { dependencies, optionalDependencies } = readManifest(`${path}/package.json`);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = resolve(lock, path, name);
      if (found === undefined || needed.has(found)) continue;
      needed.add(found);
      if (lock[found]?.link !== true) waiting.push(found);
    }
  }
  return [...needed];
}

/** Finds a dependency as Node.js would; undefined for an optional one that this platform does not have. */
function resolve(lock: Readonly<Record<string, LockEntry>>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = posix.dirname(folder)) {
    const path = folder === '.' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = lock[path];
    if (entry !== undefined && existsSync(join(repositoryRoot, path))) return path;
    if (folder !== '.') continue;
    if (entry?.optional === true) return undefined;
    throw new Error(`${from} needs ${name}, which is not installed: run npm run setup`);
  }
}

function packageFiles(path: string, entry: LockEntry | undefined): ImageFile[] {
  if (entry?.link !== true) return treeFiles(path);
  const to = posix.relative(posix.dirname(path), entry.resolved ?? '');
  return [{ type: 'link', target: `${imageHome}/${path}`, to }];
}

function workspaceFiles(folder: string): ImageFile[] {
  const { bin = {}, files = [] } = readManifest(`${folder}/package.json`);
  if (!existsSync(join(repositoryRoot, folder, 'dist/src')))
    throw new Error(`${folder} is not built: run npm run setup`);
  const commands = Object.entries(bin).filter(([, path]) => isFile(`${folder}/${path}`));
  const trees = new Set(['bin', 'dist/src', ...files.filter((entry) => entry !== 'src')]);
  return [
    file(`${folder}/package.json`),
    ...[...trees].flatMap((tree) => treeFiles(`${folder}/${tree}`)),
    ...commands.map(([name, path]): ImageFile => {
      return { type: 'link', target: `usr/local/bin/${name}`, to: `/${posix.join(imageHome, folder, path)}` };
    }),
  ];
}

/** Types, source maps and what a package says about itself are of no use at run time. */
const unneededFiles = /\.(d\.[cm]?ts|ts|map|tsbuildinfo)$|(^|\/)node_modules\/.*\.(md|markdown)$/i;

/** The files below a folder, without the packages nested in it; a path that does not exist has none. */
function treeFiles(path: string): ImageFile[] {
  if (isFile(path)) return unneededFiles.test(path) ? [] : [file(path)];
  if (!existsSync(join(repositoryRoot, path))) return [];
  return readdirSync(join(repositoryRoot, path))
    .filter((name) => name !== 'node_modules')
    .flatMap((name) => treeFiles(`${path}/${name}`));
}

function isFile(path: string): boolean {
  return statSync(join(repositoryRoot, path), { throwIfNoEntry: false })?.isFile() === true;
}

function file(path: string): ImageFile {
  return { type: 'file', target: `${imageHome}/${path}`, source: join(repositoryRoot, path) };
}

// npm has read these files before: their form needs no checking.

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(repositoryRoot, path), 'utf8')) as Manifest;
}

function readLock(): Readonly<Record<string, LockEntry>> {
  const lock: { packages: Record<string, LockEntry> } = JSON.parse(
    readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8'),
  );
  return lock.packages;
}
