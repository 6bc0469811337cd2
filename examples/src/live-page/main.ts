import { fileURLToPath } from 'node:url';
import { Process, Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import { build } from 'esbuild';
import type { PID } from '@mesos-ts/libprocess';

// A number that every open page shows as it is at this moment: open it in two windows. Ctrl-C ends it.

const html = `<!doctype html>
<title>Live</title>
<p id="state">connecting</p>
<button id="add">Add one</button>
<script type="module" src="/counter/page.js"></script>
`;

/** Counts, and tells those who watch. Serves the page too. */
class Counter extends Process {
  readonly #script: Uint8Array;
  readonly #watchers = new Map<string, PID>();
  #count = 0;

  constructor(script: Uint8Array) {
    super('counter');
    this.#script = script;
  }

  protected override initialize(): void {
    this.route('/page', () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: html }));
    this.route('/page.js', () => ({ status: 200, headers: { 'content-type': 'text/javascript' }, body: this.#script }));
    this.install('watch', (from) => {
      this.#watchers.set(from.toString(), from);
      // When the page is closed, or its computer is gone, this is how it is known.
      this.link(from);
      this.send(from, 'count', this.#count);
      console.log(`${this.#watchers.size} watching`);
    });
    this.install(
      'add',
      (_from, by) => {
        this.#count += by;
        for (const watcher of this.#watchers.values()) this.send(watcher, 'count', this.#count);
      },
      Number,
    );
  }

  protected override exited(pid: PID): void {
    this.#watchers.delete(pid.toString());
    console.log(`${this.#watchers.size} watching`);
  }
}

const page = fileURLToPath(new URL('page.js', import.meta.url));
const bundle = await build({ entryPoints: [page], bundle: true, format: 'esm', minify: true, write: false });

// Without this no page gets in: here only pages that this very server has served.
const allowedOrigins = (origin: string): boolean => origin === `http://${runtime.address}`;
const port = Number(process.env['PORT'] ?? 0);
const runtime = await new Runtime({ transport: new WebSocketTransport({ port, allowedOrigins }) }).start();
runtime.spawn(new Counter(bundle.outputFiles[0]?.contents ?? new Uint8Array()));
console.log(`http://${runtime.address}/counter/page`);
