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

/** How Chromium opens a page without a window, keeping its files in a folder. */
export function chromiumArguments(folder: string, url: string): string[] {
  return [
    '--headless=new',
    // Its sandbox needs rights that root in a container has not; only pages of tests are opened.
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--remote-debugging-port=0',
    `--user-data-dir=${join(folder, 'chromium')}`,
    url,
  ];
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
