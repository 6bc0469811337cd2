// Builds every package: generates the protocol's code from its .proto files, then compiles the project references, then bundles
// the command executor and notes the commit.
// Arguments go to the compiler, for example --force.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { removeStaleOutputs } from './lib/outputs.mjs';
import { root } from './lib/root.mjs';
import { linkWorkspaces } from './lib/workspaces.mjs';

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

linkWorkspaces();
const generate = join(root, 'packages/protocol/scripts/generate.mjs');
if (existsSync(generate)) run(generate);
run(join(root, 'node_modules/typescript/bin/tsc'), '--build', ...process.argv.slice(2));
removeStaleOutputs();
run(join(root, 'packages/executor/scripts/bundle.mjs'));
run(join(root, 'packages/daemon/scripts/build-info.mjs'));
