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
      // Nobody else joins it: its peers' address is a socket of the file system.
      const peer = `unix://${join(folder, 'peer')}:0`;
      return [
        `--data-dir=${join(folder, 'data')}`,
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        `--listen-peer-urls=${peer}`,
        '--heartbeat-interval=20',
        '--election-timeout=200',
        '--log-level=error',
        '--logger=zap',
      ];
    },
  });
}
