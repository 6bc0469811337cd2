import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { root, workspaces } from '../src/tree.ts';

interface Manifest {
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const packages = workspaces.filter((workspace) => workspace.startsWith('packages/'));

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

for (const folder of packages) {
  test(`${folder} is published with its licence, and with all that it says it exports`, (t) => {
    const { exports = {}, files = [] } = manifestOf(folder);
    const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
    t.true(existsSync(join(root, folder, 'LICENSE')), 'npm takes a licence from the package only');
    t.is(readFileSync(join(root, folder, 'LICENSE'), 'utf8'), licence);
    const paths = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? entry : Object.values(entry)));
    for (const path of paths) {
      t.true(existsSync(join(root, folder, path)), path);
      t.true(path === './package.json' || files.some((file) => path.startsWith(`./${file}/`)), `${path} is packed`);
    }
  });
}
