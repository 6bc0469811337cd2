import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../repository.ts';

const goLibraries = '/usr/share/gocode';
const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The first of these programs that this machine has. */
function find(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => can(path, constants.X_OK));
}

function can(path: string, how: number): boolean {
  try {
    accessSync(path, how);
    return true;
  } catch {
    return false;
  }
}

/** Where Chromium is on this machine, if it is. */
export function findChromium(): string | undefined {
  return find(...chromiumNames);
}

/** Go, where it is with Debian's `golang-github-mesos-mesos-go-dev`. */
export function findMesosGo(): string | undefined {
  return can(join(goLibraries, 'src/github.com/mesos/mesos-go'), constants.R_OK) ? find('go') : undefined;
}

/** Builds the program in `clients/mesos-go`, without asking any network. @returns where it is. */
export async function buildMesosGo(go: string, folder: string): Promise<string> {
  const program = join(folder, 'mesos-go');
  await promisify(execFile)(go, ['build', '-o', program, '.'], {
    cwd: join(repositoryRoot, 'integration/src/clients/mesos-go'),
    env: { ...process.env, GO111MODULE: 'off', GOPATH: goLibraries, GOCACHE: join(folder, 'go-cache') },
  });
  return program;
}
