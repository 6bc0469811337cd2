import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '@mesos-ts/libprocess/testing';
import { TestEnsemble } from './ensemble.ts';
import { PeerLinks } from './peer-links.ts';
import { TestServer, hasProgram } from './server.ts';

// Where Debian's package `zookeeper` (or `libzookeeper-java`) has it.
const jar = '/usr/share/java/zookeeper.jar';
const ensembleSize = 3;
const answersWithinMs = 5000;

/** Why ZooKeeper cannot be started here; undefined when it can. */
export function zooKeeperAbsence(): string | undefined {
  if (!existsSync(jar)) return `ZooKeeper is not installed (${jar})`;
  return hasProgram('java', '-version') ? undefined : 'ZooKeeper needs java, which is not installed';
}

// Sessions last from a second to a minute: they end soon where that is waited for, and nowhere else, however busy the machine is.
const time = ['tickTime=500', 'maxSessionTimeout=60000'];

/** Starts a real ZooKeeper, alone. */
export function startZooKeeper(): Promise<TestServer> {
  return startServer(time);
}

/** Starts three real ZooKeepers, that are one. A server that is cut off from the others notices it after five seconds. */
export async function startZooKeeperEnsemble(): Promise<TestEnsemble> {
  const places: (readonly [number, number])[] = [];
  for (let index = 0; index < ensembleSize; index++) places.push([await freePort(), await freePort()]);
  const links = await PeerLinks.start(ensembleSize, (address) => {
    const port = Number(address.split(':')[1]);
    const index = places.findIndex((ports) => ports.includes(port));
    return index === -1 ? undefined : { index, options: { host: '127.0.0.1', port } };
  });
  const config = [
    ...time,
    'initLimit=40',
    'syncLimit=10',
    ...places.map(([quorumPort, electionPort], index) => `server.${index + 1}=127.0.0.1:${quorumPort}:${electionPort}`),
  ];
  const starting = links.ports.map((port, index) => {
    // Java would not use a proxy for what is on this machine.
    const proxy = ['-DsocksProxyHost=127.0.0.1', `-DsocksProxyPort=${port}`, '-DsocksNonProxyHosts='];
    return startServer(config, proxy, index + 1);
  });
  return TestEnsemble.start(starting, links, isZooKeeperLeader);
}

function startServer(config: readonly string[], javaFlags: readonly string[] = [], id?: number): Promise<TestServer> {
  return TestServer.start({
    file: 'java',
    arguments: (folder) => [
      '-Xmx96m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      ...javaFlags,
      '-cp',
      jar,
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      join(folder, 'zoo.cfg'),
    ],
    prepare: async (folder, port) => {
      const data = join(folder, 'data');
      const lines = [
        ...config,
        `dataDir=${data}`,
        `clientPort=${port}`,
        'clientPortAddress=127.0.0.1',
        'admin.enableServer=false',
        'maxClientCnxns=0',
        // What it has written need not outlive the machine, whose disk may be slow.
        'forceSync=no',
      ];
      await writeFile(join(folder, 'zoo.cfg'), `${lines.join('\n')}\n`);
      if (id === undefined) return;
      await mkdir(data, { recursive: true });
      await writeFile(join(data, 'myid'), `${id}\n`);
    },
  });
}

async function isZooKeeperLeader({ port }: TestServer): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', signal: AbortSignal.timeout(answersWithinMs) });
  socket.write('srvr');
  return /^Mode: leader$/m.test(await text(socket));
}
