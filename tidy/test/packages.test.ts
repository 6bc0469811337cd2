import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { manifest, root, workspaces } from '../src/tree.ts';

const packages = workspaces.filter((workspace) => workspace.startsWith('packages/'));

/** The paths of an `exports` map or of `bin`, however deep they are. */
function paths(entry: unknown): string[] {
  if (typeof entry === 'string') return [entry];
  return typeof entry === 'object' && entry !== null ? Object.values(entry).flatMap(paths) : [];
}

for (const folder of packages) {
  test(`${folder} is published with its licence, and with all that it says it exports`, (t) => {
    const { bin, exports, files = [] } = manifest(folder);
    const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
    t.true(existsSync(join(root, folder, 'LICENSE')), 'npm takes a licence from the package only');
    t.is(readFileSync(join(root, folder, 'LICENSE'), 'utf8'), licence);
    for (const path of paths([exports, bin])) {
      t.true(existsSync(join(root, folder, path)), path);
      t.true(
        path === './package.json' || files.some((file) => join(path) === file || join(path).startsWith(`${file}/`)),
        `${path} is packed`,
      );
    }
  });
}
