import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import type { ChildProcess } from 'node:child_process';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where Chromium is on this machine, if it is. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** A page in Chromium. */
export interface Tab {
  readonly id: string;
  readonly webSocketDebuggerUrl: string;
}

/** Chromium without a window, steered over its DevTools protocol (https://chromedevtools.github.io/devtools-protocol). */
export class Chromium {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #endpoint: string;

  private constructor(child: ChildProcess, folder: string, endpoint: string) {
    this.#child = child;
    this.#folder = folder;
    this.#endpoint = endpoint;
  }

  static async start(path: string): Promise<Chromium> {
    const folder = await mkdtemp(join(tmpdir(), 'mesos-ts-chromium-'));
    const child = spawn(
      path,
      [
        '--headless=new',
        // Its sandbox needs rights that root in a container has not; only pages of these tests are opened.
        '--no-sandbox',
        '--disable-gpu',
        // The certificates of tests are of nobody that it trusts.
        '--ignore-certificate-errors',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        `--user-data-dir=${folder}`,
        '--remote-debugging-port=0',
        'about:blank',
      ],
      // A group of its own, which is ended with all that it starts.
      { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const lines = createInterface({ input: child.stderr });
    const said: string[] = [];
    const endpoint = new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        said.push(line);
        const address = /^DevTools listening on ws:\/\/([^/]+)\//.exec(line)?.[1];
        if (address !== undefined) resolve(`http://${address}`);
      });
      child.once('exit', () => {
        reject(new Error(`Chromium ended: ${said.join('\n')}`));
      });
    });
    return new Chromium(child, folder, await endpoint);
  }

  async open(url: string): Promise<Tab> {
    const answer = await fetch(`${this.#endpoint}/json/new?${encodeURIComponent(url)}`, { method: 'PUT' });
    return (await answer.json()) as Tab;
  }

  async close(tab: Tab): Promise<void> {
    await fetch(`${this.#endpoint}/json/close/${tab.id}`);
  }

  /** Gives a page a command of the DevTools protocol. */
  async command(tab: Tab, method: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const socket = new WebSocket(tab.webSocketDebuggerUrl);
    await once(socket, 'open');
    socket.send(JSON.stringify({ id: 1, method, params }));
    const [data] = (await once(socket, 'message')) as [Buffer];
    socket.close();
    return JSON.parse(data.toString());
  }

  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.pid !== undefined) {
      const ended = once(this.#child, 'exit');
      process.kill(-this.#child.pid, 'SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
