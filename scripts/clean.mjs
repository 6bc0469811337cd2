// Removes what was built; with --all also what was installed.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/root.mjs';
import { stateFolder } from './lib/state.mjs';
import { workspaces } from './lib/workspaces.mjs';

const built = [
  ...workspaces().map((folder) => join(root, folder, 'dist')),
  join(root, 'packages/protocol/src/generated'),
];
const installed = process.argv.includes('--all') ? [join(root, 'node_modules')] : [];
for (const path of [...built, stateFolder, ...installed]) rmSync(path, { recursive: true, force: true });
