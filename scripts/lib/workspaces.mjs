import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './root.mjs';

/** Folders, relative to the root, that hold a TypeScript project. */
export function workspaces() {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
  return [...packages, 'examples', 'integration', 'benchmarks', 'reference', 'tidy'].filter((folder) =>
    existsSync(join(root, folder, 'tsconfig.json')),
  );
}

/** Makes a workspace that is new, as after a pull, be found by the others: what an install would do, without one. */
export function linkWorkspaces() {
  for (const folder of workspaces()) {
    const { name } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const link = join(root, 'node_modules', name);
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(root, folder)), link, 'junction');
  }
}

/** Every file below a folder, as paths from the root; folders named in `skipped` are not entered. */
export function* filesBelow(folder, skipped = []) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) yield path;
    else if (!skipped.includes(entry.name)) yield* filesBelow(path, skipped);
  }
}
