// Notes which commit the programs were built of, for /version: dist/src/build-info.json. Outside of a clone there is nothing to note.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../dist/src/', import.meta.url));
const file = `${folder}build-info.json`;

function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

mkdirSync(folder, { recursive: true });
const sha = git('rev-parse', 'HEAD');
if (sha === undefined) {
  rmSync(file, { force: true });
} else {
  const info = {
    git_sha: sha,
    git_branch: git('symbolic-ref', '--quiet', 'HEAD'),
    git_tag: git('describe', '--exact-match', '--tags'),
  };
  writeFileSync(file, `${JSON.stringify(info, undefined, 2)}\n`);
}
