// Builds every package: generates the protocol's code from its .proto files, then compiles the project references.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/root.mjs';

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const generate = join(root, 'packages/protocol/scripts/generate.mjs');
if (existsSync(generate)) run(process.execPath, [generate]);
run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--build', ...process.argv.slice(2)]);
