import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { SystemClock } from '@mesos-ts/libprocess';
import type { AddressInfo } from 'node:net';

/** A cluster of etcd, to put keys into. */
export interface Etcd {
  /** Resolves when a quorum of the members has the value on its disks. */
  put(value: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** The version of the etcd that is installed, if there is one. */
export function etcdVersion(): string | undefined {
  return /etcd Version: (\S+)/.exec(spawnSync('etcd', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1];
}

/** Starts a cluster of so many members on this machine, each an OS process, and a client of its leader. */
export async function startEtcd(members: number): Promise<Etcd> {
  const folder = await mkdtemp(join(tmpdir(), 'benchmark-etcd-'));
  const ports = await Promise.all(Array.from({ length: members * 2 }, () => freePort()));
  const urls = Array.from({ length: members }, (_, index) => ({
    name: `m${index}`,
    client: `http://127.0.0.1:${ports[2 * index]}`,
    peer: `http://127.0.0.1:${ports[2 * index + 1]}`,
  }));
  const cluster = urls.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const processes = urls.map(({ name, client, peer }) =>
    spawn(
      'etcd',
      [
        `--name=${name}`,
        `--data-dir=${join(folder, name)}`,
        `--initial-cluster=${cluster}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        '--log-level=error',
      ],
      { stdio: 'ignore' },
    ),
  );
  const address = (await leaderOf(urls.map(({ client }) => client))).slice('http://'.length);
  const client = new Client(address, credentials.createInsecure());
  let number = 0;
  return {
    put: (value) =>
      new Promise((resolve, reject) => {
        // PutRequest: the key, field 1, and the value, field 2.
        const key = Buffer.from(`k${number++}`);
        const request = Buffer.concat([Buffer.of(0x0a, key.length), key, Buffer.of(0x12), varint(value.length), value]);
        client.makeUnaryRequest('/etcdserverpb.KV/Put', pass, pass, request, (error) => {
          if (error === null) resolve();
          else reject(error);
        });
      }),
    close: async () => {
      client.close();
      for (const child of processes) {
        const exit = once(child, 'exit');
        child.kill();
        await exit;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function pass(bytes: Buffer): Buffer {
  return bytes;
}

/** The member that leads, when there is one. */
async function leaderOf(clients: readonly string[]): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt++) {
    for (const url of clients) {
      const status = await statusOf(url);
      if (status?.leader !== undefined && status.leader !== '0' && status.leader === status.header?.member_id)
        return url;
    }
    await pause(100);
  }
  throw new Error('The members of etcd found no leader');
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    new SystemClock().timer(delayMs, resolve);
  });
}

async function statusOf(
  url: string,
): Promise<{ readonly leader?: string; readonly header?: { readonly member_id?: string } } | undefined> {
  try {
    const response = await fetch(`${url}/v3/maintenance/status`, { method: 'POST', body: '{}' });
    return (await response.json()) as Awaited<ReturnType<typeof statusOf>>;
  } catch {
    return undefined;
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
