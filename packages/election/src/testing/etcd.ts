import { join } from 'node:path';
import { TestEnsemble } from './ensemble.ts';
import { PeerLinks } from './peer-links.ts';
import { TestServer, hasProgram } from './server.ts';

const answersWithinMs = 5000;
const quiet = ['--log-level=error', '--logger=zap'];
// Names and addresses of nobody (RFC 5737), for servers that reach each other by proxies.
const peers = [1, 2, 3].map((number) => ({ name: `etcd-${number}`, address: `192.0.2.${number}:2380` }));
const peerSocket = (port: number): string => `peer:${port}`;

/** Why etcd cannot be started here; undefined when it can. */
export function etcdAbsence(): string | undefined {
  return hasProgram('etcd', '--version') ? undefined : 'etcd is not installed';
}

/** Starts a real etcd, alone. */
export function startEtcd(): Promise<TestServer> {
  return TestServer.start({
    file: 'etcd',
    arguments: (folder, port) => [
      ...clientArguments(folder, port),
      `--initial-advertise-peer-urls=http://127.0.0.1:${port}`,
      `--initial-cluster=default=http://127.0.0.1:${port}`,
      '--heartbeat-interval=20',
      '--election-timeout=200',
      ...quiet,
    ],
  });
}

/** Starts three real etcds, that are one. */
export async function startEtcdEnsemble(): Promise<TestEnsemble> {
  const servers: TestServer[] = [];
  const links = await PeerLinks.start(peers.length, (address) => {
    const index = peers.findIndex((peer) => peer.address === address);
    const server = servers[index];
    return server && { index, options: { path: join(server.folder, peerSocket(server.port)) } };
  });
  const starting = peers.map(async ({ address, name }, index) => {
    const server = await TestServer.start({
      file: 'etcd',
      environment: { HTTP_PROXY: `socks5://127.0.0.1:${links.ports[index]}` },
      arguments: (folder, port) => [
        ...clientArguments(folder, port),
        `--name=${name}`,
        `--initial-advertise-peer-urls=http://${address}`,
        `--initial-cluster=${peers.map((peer) => `${peer.name}=http://${peer.address}`).join(',')}`,
        // What a busy machine does not answer within a second is not away yet.
        '--heartbeat-interval=250',
        '--election-timeout=2500',
        ...quiet,
      ],
    });
    servers[index] = server;
    return server;
  });
  return TestEnsemble.start(starting, links, isEtcdLeader);
}

function clientArguments(folder: string, port: number): string[] {
  const url = `http://127.0.0.1:${port}`;
  return [
    `--data-dir=${join(folder, 'data')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    // A socket in its folder, so that it takes no second port.
    `--listen-peer-urls=unix://${peerSocket(port)}`,
  ];
}

async function isEtcdLeader({ port }: TestServer): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/v3/maintenance/status`, {
    method: 'POST',
    body: '{}',
    signal: AbortSignal.timeout(answersWithinMs),
  });
  const { header, leader } = (await response.json()) as { readonly header?: { member_id?: string }; leader?: string };
  return leader !== undefined && leader === header?.member_id;
}
