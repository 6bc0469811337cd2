import { join } from 'node:path';
import { TestServer, hasProgram } from './server.ts';

/** Why etcd cannot be started here; undefined when it can. */
export function etcdAbsence(): string | undefined {
  return hasProgram('etcd', '--version') ? undefined : 'etcd is not installed';
}

/** Starts a real etcd, alone. */
export function startEtcd(): Promise<TestServer> {
  return TestServer.start({
    file: 'etcd',
    arguments: (folder, port) => {
      const url = `http://127.0.0.1:${port}`;
      return [
        `--data-dir=${join(folder, 'data')}`,
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        // Nobody else joins it: what it listens on for peers is a socket in its folder.
        `--listen-peer-urls=unix://peer:${port}`,
        `--initial-advertise-peer-urls=${url}`,
        `--initial-cluster=default=${url}`,
        '--heartbeat-interval=20',
        '--election-timeout=200',
        '--log-level=error',
        '--logger=zap',
      ];
    },
  });
}
