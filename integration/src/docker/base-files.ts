import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../repository.ts';
import type { ImageFile } from './image-files.ts';

/** Opened by name at run time by older C libraries, so that ldd does not list them. */
const nameServiceLibraries = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

const emptyFolders: readonly ImageFile[] = [
  { type: 'folder', target: 'tmp', mode: 0o1777 },
  { type: 'folder', target: 'root', mode: 0o700 },
  { type: 'folder', target: 'var/lib/mesos', mode: 0o755 },
  { type: 'folder', target: 'var/run', mode: 0o755 },
];

/**
 * What the base image holds: this very Node.js with its shared libraries, busybox under each of its names, and a
 * minimal `/etc`.
 *
 * @throws when there is no busybox on this machine.
 */
export function baseFiles(): ImageFile[] {
  const busybox = findBusybox();
  const node = realpathSync(process.execPath);
  const libraries = [...new Set([...sharedLibraries(node), ...sharedLibraries(busybox)])];
  return [
    ...emptyFolders,
    ...['passwd', 'group', 'nsswitch.conf'].map((name) =>
      file(`etc/${name}`, join(repositoryRoot, 'integration/image/etc', name)),
    ),
    file('usr/bin/node', node),
    file('bin/busybox', busybox),
    ...applets(busybox),
    ...[...libraries, ...nameServices(libraries)].map((path) => file(path.slice(1), realpathSync(path))),
  ];
}

function file(target: string, source: string): ImageFile {
  return { type: 'file', target, source };
}

function findBusybox(): string {
  const found = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'busybox'))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('The image needs busybox: install it with `apt-get install busybox-static`');
  return realpathSync(found);
}

/** Paths such as `bin/sh`, each a link to busybox. */
function applets(busybox: string): ImageFile[] {
  const paths = execFileSync(busybox, ['--list-full'], { encoding: 'utf8' }).split('\n');
  return paths
    .filter((path) => path !== '' && path !== 'bin/busybox')
    .map((path) => ({ type: 'link', target: path, to: '/bin/busybox' }));
}

/** Absolute paths of the libraries a program is linked to, the loader included; none for a static program. */
function sharedLibraries(program: string): string[] {
  const listed = /(?:=> |^\s+)(\/\S+) \(0x[0-9a-f]+\)$/gm;
  try {
    const output = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return [...output.matchAll(listed)].flatMap(([, path]) => path ?? []);
  } catch {
    // ldd fails for a static program.
    return [];
  }
}

function nameServices(libraries: readonly string[]): string[] {
  const folders = [...new Set(libraries.map((path) => dirname(path)))];
  return folders
    .flatMap((folder) => nameServiceLibraries.map((name) => join(folder, name)))
    .filter((path) => existsSync(path) && !libraries.includes(path));
}
