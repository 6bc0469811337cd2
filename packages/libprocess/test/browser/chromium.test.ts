import { fileURLToPath } from 'node:url';
import test from 'ava';
import { build } from 'esbuild';
import { PID, Process, Runtime, SeededRandom, WebSocketTransport } from '../../src/index.ts';
import { Collector, Tally, Watcher } from '../support/actors.ts';
import { Authority } from '../support/certificates.ts';
import { Chromium, findChromium } from '../support/chromium.ts';
import type { TlsOptions } from '../../src/index.ts';
import type { Tab } from '../support/chromium.ts';

const path = findChromium();
// Where there is no browser these are skipped, and the report says so.
const inChromium = path === undefined ? test.skip : test.serial;
const suite = path === undefined ? 'no Chromium here' : 'Chromium';

// Nothing may be evaluated, loaded from elsewhere, or connected to but a WebSocket.
const policy = "default-src 'none'; script-src 'self'; connect-src ws: wss:";

let chromium: Chromium | undefined;
let script = '';

/** Serves the test page, and keeps what it says. */
class Host extends Process {
  readonly heard = new Tally<{ name: string; body: unknown }>();
  readonly visitors = new Tally<PID>();

  constructor() {
    super('host');
  }

  protected override initialize(): void {
    const headers = { 'content-security-policy': policy };
    const html = '<!doctype html><title>page</title><script type="module" src="/host/script"></script>';
    this.route('/page', () => ({ status: 200, headers: { ...headers, 'content-type': 'text/html' }, body: html }));
    this.route('/script', () => ({ status: 200, headers: { 'content-type': 'text/javascript' }, body: script }));
    this.install('hello', (from) => {
      this.visitors.add(from);
    });
    for (const name of ['exited', 'spawned', 'items', 'item', 'bytes', 'told', 'counted']) {
      this.install(name, (_from, body) => {
        this.heard.add({ name, body });
      });
    }
  }

  say(to: PID, name: string, body?: unknown): void {
    this.send(to, name, body);
  }

  emit(to: PID, count: number): void {
    for (let index = 0; index < count; index++) this.send(to, 'item', index);
  }

  bodies(name: string): unknown[] {
    return this.heard.items.filter((item) => item.name === name).map((item) => item.body);
  }
}

interface Visit {
  readonly browser: Chromium;
  readonly server: Runtime;
  readonly host: Host;
  readonly tab: Tab;
  /** The actor in the page. */
  readonly visitor: PID;
  /** Opens the page once more. */
  readonly again: () => Promise<{ tab: Tab; visitor: PID }>;
}

/** A server, and a page of it in the browser. */
async function visit(run: (visit: Visit) => Promise<void>, tls?: TlsOptions): Promise<void> {
  const browser = chromium;
  if (browser === undefined) throw new Error('There is no browser');
  const scheme = tls === undefined ? 'http' : 'https';
  const transport = new WebSocketTransport({
    allowedOrigins: (origin) => origin === `${scheme}://${server.address}`,
    ...(tls === undefined ? {} : { tls }),
  });
  const server = await new Runtime({ transport }).start();
  const host = new Host();
  const tabs: Tab[] = [];
  server.spawn(host);
  const again = async (): Promise<{ tab: Tab; visitor: PID }> => {
    const tab = await browser.open(`${scheme}://${server.address}/host/page`);
    tabs.push(tab);
    await host.visitors.reached(tabs.length);
    return { tab, visitor: host.visitors.items.at(-1) as PID };
  };
  try {
    await run({ browser, server, host, ...(await again()), again });
  } finally {
    for (const tab of tabs) await browser.close(tab);
    await server.close();
  }
}

function say(server: Runtime, host: Host, to: PID, name: string, body?: unknown): void {
  server.tell(host.self, 'say', to, name, body);
}

test.before(async (t) => {
  t.timeout(300_000);
  if (path === undefined) return;
  const page = fileURLToPath(new URL('page/main.js', import.meta.url));
  const built = await build({ entryPoints: [page], bundle: true, format: 'esm', platform: 'browser', write: false });
  script = built.outputFiles[0]?.text ?? '';
  chromium = await Chromium.start(path);
});

test.after.always(async () => {
  await chromium?.end();
});

inChromium(`${suite}: ten thousand messages pass in order each way, and bytes are bytes`, async (t) => {
  t.timeout(300_000);
  await visit(async ({ server, host, visitor }) => {
    server.tell(host.self, 'emit', visitor, 10_000);
    say(server, host, visitor, 'items');
    await host.heard.reached(10_001);
    t.deepEqual(host.bodies('items'), [{ count: 10_000, ordered: true }]);
    t.deepEqual(
      host.bodies('item'),
      Array.from({ length: 10_000 }, (_, index) => index),
    );
    const bytes = Buffer.from(new SeededRandom(1).bytes(300_000));
    say(server, host, visitor, 'bytes', bytes);
    await host.heard.reached(10_002);
    const [back] = host.bodies('bytes');
    t.true(Buffer.isBuffer(back));
    t.true(Buffer.from(bytes.map((byte) => 255 - byte)).equals(back as Buffer));
    t.is(server.metrics.counter('libprocess/connections_ended').value, 0);
  });
});

inChromium(
  `${suite}: the page works under a policy that forbids eval, and has its randomness and its time`,
  async (t) => {
    t.timeout(300_000);
    await visit(async ({ server, host, visitor }) => {
      say(server, host, visitor, 'ask');
      await host.heard.reached(1);
      const told = host.bodies('told')[0] as { violations: string[]; random: string };
      t.deepEqual(told.violations, []);
      t.regex(told.random, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      say(server, host, visitor, 'count', 1_000);
      await host.heard.reached(2);
      t.deepEqual(host.bodies('counted'), [499_500]);
    });
  },
);

inChromium(`${suite}: links hold in both directions, and each end is heard of once`, async (t) => {
  t.timeout(300_000);
  await visit(async ({ server, host, visitor }) => {
    const target = server.spawn(new Collector('target'));
    say(server, host, visitor, 'link', target.toString());
    say(server, host, visitor, 'link', `absent@${server.address}`);
    say(server, host, visitor, 'spawn', 'mortal');
    await host.heard.reached(2);
    const mortal = new PID('mortal', visitor.address);
    t.deepEqual(host.bodies('spawned'), [mortal.toString()]);
    const watcher = new Watcher('w');
    await server.dispatch(server.spawn(watcher), 'watch', [mortal, new PID('absent', visitor.address), visitor]);
    await watcher.gone.reached(1);
    server.terminate(target);
    say(server, host, mortal, 'end');
    await watcher.gone.reached(2);
    await host.heard.reached(3);
    t.deepEqual(watcher.gone.items, [`absent@${visitor.address}`, mortal.toString()]);
    t.deepEqual(host.bodies('exited'), [`absent@${server.address}`, target.toString()]);
  });
});

for (const [how, leave] of [
  ['is closed', (browser: Chromium, tab: Tab) => browser.close(tab)],
  ['goes elsewhere', (browser: Chromium, tab: Tab) => browser.command(tab, 'Page.navigate', { url: 'about:blank' })],
  ['crashes', (browser: Chromium, tab: Tab) => browser.command(tab, 'Page.crash')],
  [
    'is frozen',
    (browser: Chromium, tab: Tab) => browser.command(tab, 'Page.setWebLifecycleState', { state: 'frozen' }),
  ],
] as const) {
  inChromium(`${suite}: when a page ${how}, its linkers on the server hear exited; other pages stay`, async (t) => {
    t.timeout(300_000);
    await visit(async ({ browser, server, host, tab, visitor, again }) => {
      const other = await again();
      t.not(other.visitor.address, visitor.address);
      const watcher = new Watcher('w');
      await server.dispatch(server.spawn(watcher), 'watch', [visitor, other.visitor]);
      // Whoever does not answer, as a page that has crashed, is not waited for.
      void leave(browser, tab);
      await watcher.gone.reached(1);
      t.deepEqual(watcher.gone.items, [visitor.toString()]);
      const before = server.metrics.counter('libprocess/dead_letters').value;
      say(server, host, visitor, 'ask');
      say(server, host, other.visitor, 'ask');
      await host.heard.reached(1);
      t.is(server.metrics.counter('libprocess/dead_letters').value, before + 1);
    });
  });
}

inChromium(`${suite}: a page that was frozen and goes on can connect again, under its old address`, async (t) => {
  t.timeout(300_000);
  await visit(async ({ browser, server, host, tab, visitor }) => {
    const watcher = new Watcher('w');
    const watching = server.spawn(watcher);
    await server.dispatch(watching, 'watch', [visitor]);
    await browser.command(tab, 'Page.setWebLifecycleState', { state: 'frozen' });
    await watcher.gone.reached(1);
    await browser.command(tab, 'Page.setWebLifecycleState', { state: 'active' });
    await host.visitors.reached(2);
    t.deepEqual(host.visitors.items.map(String), [visitor.toString(), visitor.toString()]);
    await server.dispatch(watching, 'watch', [visitor]);
    say(server, host, visitor, 'count', 10);
    await host.heard.reached(1);
    t.deepEqual(host.heard.items, [{ name: 'counted', body: 45 }]);
  });
});

inChromium(
  `${suite}: when a server dies, its linkers in the page hear exited, and link again when it is back`,
  async (t) => {
    t.timeout(300_000);
    await visit(async ({ server, host, visitor }) => {
      const serve = (port: number): Promise<Runtime> =>
        new Runtime({
          transport: new WebSocketTransport({ port, allowedOrigins: [`http://${server.address}`] }),
        }).start();
      const first = await serve(0);
      const { address } = first;
      const pid = new PID('c', address);
      const collector = new Collector('c');
      first.spawn(collector);
      say(server, host, visitor, 'link', pid.toString());
      await first.close();
      await host.heard.reached(1);
      const second = await serve(Number(address.split(':')[1]));
      second.spawn(new Collector('c'));
      say(server, host, visitor, 'link', pid.toString());
      say(server, host, visitor, 'link', `absent@${address}`);
      await host.heard.reached(2);
      await second.close();
      await host.heard.reached(3);
      t.deepEqual(host.bodies('exited'), [pid.toString(), `absent@${address}`, pid.toString()]);
    });
  },
);

inChromium(`${suite}: a page that came over TLS connects over TLS`, async (t) => {
  t.timeout(300_000);
  const tls = await (await Authority.create()).issue({ names: ['127.0.0.1'] });
  await visit(async ({ server, host, visitor }) => {
    say(server, host, visitor, 'ask');
    await host.heard.reached(1);
    t.deepEqual((host.bodies('told')[0] as { violations: string[] }).violations, []);
  }, tls);
});

inChromium(`${suite}: a page of an origin that a server does not allow gets nowhere`, async (t) => {
  t.timeout(300_000);
  await visit(async ({ server, host, visitor }) => {
    await using closed = await new Runtime({ transport: new WebSocketTransport() }).start();
    const pid = closed.spawn(new Collector('c'));
    say(server, host, visitor, 'link', pid.toString());
    await host.heard.reached(1);
    t.deepEqual(host.bodies('exited'), [pid.toString()]);
    t.is(closed.metrics.counter('libprocess/http_refused').value, 1);
  });
});
