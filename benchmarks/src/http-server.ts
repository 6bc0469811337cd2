import { createServer } from 'node:http';
import { Process, Runtime, WebSocketTransport, jsonResponse } from '@mesos-ts/libprocess';
import { tellParent } from './child.ts';
import type { AddressInfo } from 'node:net';

// The other OS process of the HTTP benchmarks: tells its parent the ports that it serves the same on, and ends with it.
class Site extends Process {
  protected override initialize(): void {
    this.route('/state', () => jsonResponse({ ok: true }));
  }
}

async function serve(): Promise<number> {
  // Idle connections stay for as long as the benchmarks take.
  const transport = new WebSocketTransport({ httpIdleTimeoutMs: 3_600_000 });
  const runtime = await new Runtime({ transport, delegate: 'site' }).start();
  runtime.spawn(new Site('site'));
  return Number(runtime.address.split(':')[1]);
}

const plain = createServer((_request, response) => {
  const body = Buffer.from(JSON.stringify({ ok: true }));
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', body.length);
  response.end(body);
});
await new Promise<void>((resolve) => {
  plain.listen(0, '127.0.0.1', resolve);
});
tellParent({ plain: (plain.address() as AddressInfo).port, quiet: await serve(), crowded: await serve() });
