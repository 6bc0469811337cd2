import { createServer } from 'node:http';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatAddress } from '@mesos-ts/libprocess';
import { readShard } from './shards.ts';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Shard } from './shards.ts';

/** Serves shards, and the program that counts them, to the agents' fetchers. */
export class ShardServer {
  readonly #server: Server;
  /** Where agents reach it, `http://ip:port`. */
  readonly url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** @param ip the address to listen on, which agents must be able to reach */
  static async start(shards: readonly Shard[], program: string, ip: string): Promise<ShardServer> {
    const server = createServer((request, response) => {
      void serve(request, response, shards, program);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, ip, resolve);
    });
    const { address, port } = server.address() as AddressInfo;
    return new ShardServer(server, `http://${formatAddress(address, port)}`);
  }

  shardUrl(index: number): string {
    return `${this.url}/shards/${index}`;
  }

  get programUrl(): string {
    return `${this.url}/count.mjs`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    this.#server.closeAllConnections();
    await closed;
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  shards: readonly Shard[],
  program: string,
): Promise<void> {
  const number = /^\/shards\/(\d{1,9})$/.exec(request.url ?? '')?.[1];
  const shard = number === undefined ? undefined : shards[Number(number)];
  try {
    if (shard !== undefined) {
      await pipeline(Readable.from(readShard(shard)), response);
    } else if (request.url === '/count.mjs') {
      await pipeline(createReadStream(program), response);
    } else {
      response.writeHead(404).end();
    }
  } catch {
    // A file that vanished or a fetcher that went away: the broken download fails its task, which is then tried again.
    response.destroy();
  }
}
