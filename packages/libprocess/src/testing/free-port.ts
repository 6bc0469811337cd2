import { once } from 'node:events';
import { createServer } from 'node:net';
import { threadId } from 'node:worker_threads';

// Below those that systems give to who asks for any, so that no connection of another test takes one before it is used.
const firstPort = 20_000;
const ports = 10_000;
// Test files run in threads of one process, or in processes of their own: none begins where another one does.
let tried = process.pid * 1009 + threadId * 373;

/** A port of this machine that nobody listens on at the moment, another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + (tried++ % ports);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => {
        resolve(false);
      });
      server.listen(port, '127.0.0.1', () => {
        resolve(true);
      });
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
