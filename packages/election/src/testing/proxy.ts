import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** What goes through a `FaultyProxy`. */
export type Passage = 'both' | 'neither' | 'requests only';

/** A way to a server that a test can break: cut, or let nothing through any more while both ends think that it is there. */
export class FaultyProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #passage: Passage = 'both';
  #isRefusing = false;

  private constructor(target: () => number, onRequest: (bytes: Buffer) => void) {
    this.#server = createServer((client) => {
      client.on('data', onRequest);
      if (this.#isRefusing) {
        client.destroy();
        return;
      }
      const server = connect(target(), '127.0.0.1');
      carry(client, server, this.#sockets, () => this.#passage !== 'neither');
      carry(server, client, this.#sockets, () => this.#passage === 'both');
    });
  }

  /**
   * @param target The server's port on this machine, at each connection.
   * @param onRequest Sees what clients send before it goes on.
   */
  static async start(target: () => number, onRequest: (bytes: Buffer) => void = () => undefined): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target, onRequest);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Lets so much through from here on. What is held back is lost, except to connections that are cut before. */
  pass(passage: Passage): void {
    this.#passage = passage;
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends all connections, and every new one, until it is told otherwise. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
    if (isRefusing) this.cut();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Hands on what comes from one to the other as long as it may pass, and loses it else. Both end together; until then they are among the sockets. */
export function carry(from: Socket, to: Socket, sockets: Set<Socket>, passes: () => boolean): void {
  sockets.add(from);
  from.on('data', (bytes) => {
    if (passes()) to.write(bytes);
  });
  from.on('error', () => undefined);
  from.on('close', () => {
    sockets.delete(from);
    to.destroy();
  });
}
