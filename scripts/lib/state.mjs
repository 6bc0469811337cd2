import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';
import { filesBelow, workspaces } from './workspaces.mjs';

/** The folder where setup remembers what it did; not under version control. */
export const stateFolder = join(root, '.setup-stamp');
const stamp = join(stateFolder, 'sources');

/** Whether the packages on disk are those the lockfile asks for, however they came there. */
export function isInstalled() {
  const wanted = packagesIn('package-lock.json');
  const found = packagesIn('node_modules/.package-lock.json');
  if (wanted === undefined || found === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const installed = found[path];
    if (installed === undefined) return entry.optional === true || entry.devOptional === true;
    return (
      installed.version === entry.version &&
      (installed.integrity ?? entry.integrity) === entry.integrity &&
      existsSync(join(root, path, 'package.json'))
    );
  });
}

function packagesIn(lockfile) {
  try {
    return JSON.parse(readFileSync(join(root, lockfile), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Whether the last build was made of these sources and its outputs are still there. */
export function isBuilt(fingerprint) {
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint) return false;
  return workspaces().every((folder) => existsSync(join(root, folder, 'dist/.tsbuildinfo')));
}

/** Remembers the sources a build was made of. */
export function rememberBuilt(fingerprint) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, fingerprint);
}

const SOURCE = /\.(ts|mts|mjs|proto|json)$/;
const NOT_SOURCES = ['node_modules', 'dist', 'generated'];

/** Stands for the names, sizes and times of everything a build reads. */
export function sourcesFingerprint() {
  const hash = createHash('sha256');
  const files = ['tsconfig.json', 'tsconfig.base.json', 'package-lock.json', ...filesBelow('scripts')];
  for (const folder of workspaces()) {
    for (const path of filesBelow(folder, NOT_SOURCES)) if (SOURCE.test(path)) files.push(path);
  }
  for (const path of files.toSorted((a, b) => (a < b ? -1 : 1))) {
    const { mtimeMs, size } = statSync(join(root, path), { throwIfNoEntry: false }) ?? {};
    hash.update(`${path}\0${mtimeMs}\0${size}\n`);
  }
  return hash.digest('hex');
}
