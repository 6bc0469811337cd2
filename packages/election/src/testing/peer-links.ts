import { connect, createServer } from 'node:net';
import type { AddressInfo, NetConnectOpts, Server, Socket } from 'node:net';
import { carry } from './proxy.ts';

/** Where a server waits for the others. */
export interface PeerTarget {
  /** Which of them it is. */
  readonly index: number;
  readonly options: NetConnectOpts;
}

interface Link {
  readonly between: readonly number[];
  readonly sockets: Set<Socket>;
}

const anyAddress = [0, 1, 0, 0, 0, 0, 0, 0];
const requestBytes = 10;

/**
 * The ways between the servers of an ensemble. Each server reaches the others by a SOCKS proxy of its own, so that it is known who speaks
 * with whom, and a test can cut one off from the others while everybody else still reaches it.
 */
export class PeerLinks implements AsyncDisposable {
  readonly #target: (address: string) => PeerTarget | undefined;
  readonly #proxies: Server[] = [];
  readonly #links = new Set<Link>();
  readonly #isolated = new Set<number>();

  private constructor(target: (address: string) => PeerTarget | undefined) {
    this.#target = target;
  }

  /** @param target Where the server with this address, `ip:port`, is, as the others know it. */
  static async start(count: number, target: (address: string) => PeerTarget | undefined): Promise<PeerLinks> {
    const links = new PeerLinks(target);
    for (let index = 0; index < count; index++) {
      const proxy = createServer((client) => {
        links.#greet(index, client);
      });
      links.#proxies.push(proxy);
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    }
    return links;
  }

  /** The ports of the proxies, on this machine, in the order of the servers. */
  get ports(): readonly number[] {
    return this.#proxies.map((proxy) => (proxy.address() as AddressInfo).port);
  }

  /** From here on nothing passes between this one and the others; connections stay, and new ones are never answered. */
  isolate(index: number): void {
    this.#isolated.add(index);
  }

  /** All reach each other again. What was lost meanwhile stays lost, so connections that were cut are ended. */
  heal(): void {
    const cut = [...this.#links].filter((link) => !this.#passes(link));
    this.#isolated.clear();
    for (const { sockets } of cut) for (const socket of sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const { sockets } of this.#links) for (const socket of sockets) socket.destroy();
    for (const proxy of this.#proxies) {
      await new Promise<void>((resolve) => {
        proxy.close(() => {
          resolve();
        });
      });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #passes({ between }: Link): boolean {
    return !between.some((index) => this.#isolated.has(index));
  }

  /** RFC 1928, as much of it as Java and Go use: no authentication, and connections to IPv4 addresses. */
  #greet(from: number, client: Socket): void {
    let heard = Buffer.alloc(0);
    let isGreeted = false;
    const listen = (bytes: Buffer): void => {
      heard = Buffer.concat([heard, bytes]);
      const greetingBytes = 2 + (heard[1] ?? 0);
      if (!isGreeted && heard.length >= greetingBytes) {
        isGreeted = true;
        heard = heard.subarray(greetingBytes);
        client.write(Buffer.from([5, 0]));
      }
      if (!isGreeted || heard.length < requestBytes) return;
      client.off('data', listen);
      this.#connect(from, client, `${heard.subarray(4, 8).join('.')}:${heard.readUInt16BE(8)}`);
    };
    client.on('data', listen);
    client.on('error', () => undefined);
  }

  #connect(from: number, client: Socket, address: string): void {
    const target = this.#target(address);
    if (target === undefined) {
      client.destroy();
      return;
    }
    const link: Link = { between: from === target.index ? [] : [from, target.index], sockets: new Set([client]) };
    this.#links.add(link);
    client.on('close', () => this.#links.delete(link));
    if (!this.#passes(link)) return;
    const server = connect(target.options);
    server.on('connect', () => {
      if (this.#passes(link)) client.write(Buffer.from([5, 0, ...anyAddress]));
    });
    carry(client, server, link.sockets, () => this.#passes(link));
    carry(server, client, link.sockets, () => this.#passes(link));
  }
}
