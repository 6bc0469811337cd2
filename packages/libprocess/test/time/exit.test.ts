import { spawnSync } from 'node:child_process';
import test from 'ava';

function url(path: string): string {
  return JSON.stringify(new URL(path, import.meta.url).href);
}

/** Runs a program that has imported everything from this package, and waits for its end. */
function run(program: string): { readonly stdout: string; readonly stderr: string } {
  const imports = `
    const { PID, Process, Runtime, WebSocketTransport, readText, textResponse } = await import(${url('../../src/index.js')});
    const { Thread, actorModule, spawnThread } = await import(${url('../../src/threads/index.js')});
    const { execute } = await import(${url('../../src/subprocess/index.js')});
    const actors = actorModule(new URL(${url('../support/thread-actors.js')}));`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', `${imports}\n${program}`], {
    encoding: 'utf8',
    timeout: 50_000,
  });
}

test('a program whose runtimes have closed has nothing left that keeps it alive', (t) => {
  const { stderr, stdout } = run(`
    class Server extends Process {
      initialize() {
        this.installAsk('question', () => 'answer');
        this.route('/echo', async (request) => textResponse(200, await readText(request)));
        this.route('/first', async ({ body }) => {
          const { value } = await body[Symbol.asyncIterator]().next();
          return textResponse(200, String(value.length));
        });
        this.delay(3_600_000, () => undefined);
      }
    }
    const start = () => new Runtime({ transport: new WebSocketTransport() }).start();
    const [here, there] = [await start(), await start()];
    here.spawn(new Server('server'));
    const server = new PID('server', here.address);
    await there.ask(server, 'question', null, { timeoutMs: 3_600_000 });
    there.send(PID.parse('nobody@192.0.2.1:5050'), 'hello');
    await (await fetch(here.url + '/server/echo', { method: 'POST', body: 'echo' })).text();
    await (await fetch(here.url + '/server/first', { method: 'POST', body: 'first' })).text();
    await execute(here, 'true', { timeoutMs: 3_600_000 });
    const thread = await spawnThread(here, { closeGraceMs: 3_600_000, execArgv: [] });
    await thread.spawn(actors, 'Echo', []);
    await there.close();
    await here.close();
    const kept = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
    process.stdout.write(JSON.stringify(kept));
  `);
  t.is(stdout, '[]', stderr);
});
