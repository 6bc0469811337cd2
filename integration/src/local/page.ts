import { once } from 'node:events';
import { createServer, request as proxied, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { NodeOutput } from '../node-output.ts';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** Serves a web page with one script, and the master below `/mesos`, as the router in front of a DC/OS cluster does. */
export class Page implements AsyncDisposable {
  /** What the script has told with POST requests to `/told`. */
  readonly told = new NodeOutput();
  readonly #server: Server;
  readonly #forwarded = new Set<ServerResponse | Duplex>();

  private constructor(script: Uint8Array, master: string) {
    this.#server = createServer((request, response) => {
      if (request.url?.startsWith('/mesos/') === true) this.#forward(request, response, master);
      else if (request.url === '/told') void this.#hear(request, response);
      else if (request.url === '/script.js') response.setHeader('content-type', 'text/javascript').end(script);
      else response.setHeader('content-type', 'text/html').end('<!doctype html><script src="/script.js"></script>');
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      this.#keep(socket);
      forwardUpgrade(request, socket, master);
    });
  }

  /** @param entry the compiled script, from this folder. */
  static async open(entry: string, master: string): Promise<Page> {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
      bundle: true,
      platform: 'browser',
      write: false,
    });
    const page = new Page(outputFiles[0]?.contents ?? new Uint8Array(), master);
    page.#server.listen(0, '127.0.0.1');
    await once(page.#server, 'listening');
    return page;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Breaks off every answer of the master's that is under way, streams of events above all. */
  breakOff(): void {
    for (const forwarded of this.#forwarded) forwarded.destroy();
  }

  #forward(request: IncomingMessage, response: ServerResponse, master: string): void {
    this.#keep(response);
    forward(request, response, master);
  }

  #keep(forwarded: ServerResponse | Duplex): void {
    this.#forwarded.add(forwarded);
    forwarded.on('close', () => {
      this.#forwarded.delete(forwarded);
    });
  }

  async #hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
    this.told.append(text);
    response.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    // The server does not count WebSockets among its connections.
    this.breakOff();
    this.#server.closeAllConnections();
    await closed;
  }
}

function forward(request: IncomingMessage, response: ServerResponse, master: string): void {
  const { method = 'GET', headers, url = '/' } = request;
  const onward = proxied(`${master}${url.slice('/mesos'.length)}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

/** A WebSocket to the master: whatever the two ends say to each other passes as it is. */
function forwardUpgrade(request: IncomingMessage, socket: Duplex, master: string): void {
  const { headers, url = '/' } = request;
  const onward = proxied(`${master}${url.slice('/mesos'.length)}`, { headers });
  socket.on('error', () => onward.destroy());
  onward.on('upgrade', (answer, upstream: Duplex, head: Buffer) => {
    const lines = answer.rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
    // What the master has said in the same breath.
    socket.write(head);
    socket.pipe(upstream).pipe(socket);
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
  onward.on('response', () => socket.destroy());
  onward.on('error', () => socket.destroy());
  onward.end();
}
