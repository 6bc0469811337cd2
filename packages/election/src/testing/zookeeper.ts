import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TestServer, hasProgram } from './server.ts';

// Where Debian's package `zookeeper` (or `libzookeeper-java`) has it.
const jar = '/usr/share/java/zookeeper.jar';

/** Why ZooKeeper cannot be started here; undefined when it can. */
export function zooKeeperAbsence(): string | undefined {
  if (!existsSync(jar)) return `ZooKeeper is not installed (${jar})`;
  return hasProgram('java', '-version') ? undefined : 'ZooKeeper needs java, which is not installed';
}

/** Options of `startZooKeeper`. */
export interface ZooKeeperOptions {
  /** Sessions last from twice to twenty times as long. @default 500 */
  readonly tickMs?: number;
}

/** Starts a real ZooKeeper, alone. */
export function startZooKeeper({ tickMs = 500 }: ZooKeeperOptions = {}): Promise<TestServer> {
  return TestServer.start({
    file: 'java',
    arguments: (folder) => [
      '-Xmx96m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-cp',
      jar,
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      join(folder, 'zoo.cfg'),
    ],
    prepare: async (folder, port) => {
      const lines = [
        `tickTime=${tickMs}`,
        `dataDir=${join(folder, 'data')}`,
        `clientPort=${port}`,
        'clientPortAddress=127.0.0.1',
        'admin.enableServer=false',
        'maxClientCnxns=0',
      ];
      await writeFile(join(folder, 'zoo.cfg'), `${lines.join('\n')}\n`);
    },
  });
}
