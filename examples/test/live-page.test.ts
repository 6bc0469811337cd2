import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const hasChromium = spawnSync('chromium', ['--version']).status === 0;
// Where there is no browser this is skipped, and the report says so.
const inChromium = hasChromium ? test : test.skip;

inChromium(
  `${hasChromium ? 'Chromium' : 'no Chromium here'}: the live page shows itself to the server, and is missed when it is gone`,
  async (t) => {
    t.timeout(120_000);
    const program = fileURLToPath(new URL('../src/live-page/main.js', import.meta.url));
    const server = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const folder = mkdtempSync(join(tmpdir(), 'live-page-test-'));
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<string> => String((await lines.next()).value);
    const url = await next();
    t.regex(url, /^http:\/\/127\.0\.0\.1:\d+\/counter\/page$/);
    t.regex(await (await fetch(url)).text(), /page\.js/);
    // Root has no sandbox in a container; the page is our own.
    const options = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}`, url];
    const browser = spawn('chromium', options, { detached: true, stdio: 'ignore' });
    t.is(await next(), '1 watching');
    const ended = [once(browser, 'exit'), once(server, 'exit')];
    if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL');
    t.is(await next(), '0 watching');
    server.kill();
    await Promise.all(ended);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  },
);
