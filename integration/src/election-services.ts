import { readdirSync, realpathSync } from 'node:fs';
import type { Cluster, NodeOptions } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';

const zookeeperJar = '/usr/share/java/zookeeper.jar';
const zookeeperData = '/var/lib/zookeeper';
const etcdPath = '/usr/bin/etcd';

/** Servers that elect masters, of which more than half are needed, each on a host of its own. */
export interface ElectionService {
  /** What masters and everybody else are told of it. */
  readonly address: string;
  readonly servers: readonly ClusterNode[];
}

/** Starts three servers of the ZooKeeper of this machine (Debian's package `zookeeper`). */
export async function startZooKeeper(cluster: Cluster): Promise<ElectionService> {
  const names = ['zookeeper-1', 'zookeeper-2', 'zookeeper-3'];
  const config = [
    'tickTime=1000',
    'initLimit=20',
    'syncLimit=5',
    `dataDir=${zookeeperData}`,
    'clientPort=2181',
    'admin.enableServer=false',
    // What it has written need not outlive the machine, whose disk may be slow.
    'forceSync=no',
    ...names.map((name, index) => `server.${index + 1}=${cluster.addressOf(name)}:2888:3888`),
  ];
  const java = [realpathSync('/usr/bin/java'), '-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const command = [...java, '-cp', zookeeperJar, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', '/etc/zoo.cfg'];
  const shared = [
    '/lib',
    '/usr/lib',
    '/usr/share/java',
    ...readdirSync('/etc')
      .filter((file) => file.startsWith('java-'))
      .map((file) => `/etc/${file}`),
  ];
  const servers = await startAll(cluster, names, (_, index) => ({
    command,
    files: { '/etc/zoo.cfg': `${config.join('\n')}\n`, [`${zookeeperData}/myid`]: `${index + 1}\n` },
    shared,
  }));
  return { address: `zk://${servers.map(({ ip }) => `${ip}:2181`).join(',')}/mesos`, servers };
}

/** Starts three servers of the etcd of this machine (Debian's package `etcd-server`). */
export async function startEtcd(cluster: Cluster): Promise<ElectionService> {
  const names = ['etcd-1', 'etcd-2', 'etcd-3'];
  const peerUrl = (name: string): string => `http://${cluster.addressOf(name)}:2380`;
  const members = names.map((name) => `${name}=${peerUrl(name)}`).join(',');
  const servers = await startAll(cluster, names, (name) => {
    const url = `http://${cluster.addressOf(name)}:2379`;
    return {
      command: [
        etcdPath,
        `--name=${name}`,
        '--data-dir=/var/lib/etcd',
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        `--listen-peer-urls=${peerUrl(name)}`,
        `--initial-advertise-peer-urls=${peerUrl(name)}`,
        `--initial-cluster=${members}`,
        // A slow disk is no reason to elect another leader of etcd.
        '--heartbeat-interval=250',
        '--election-timeout=2500',
      ],
      shared: [realpathSync(etcdPath)],
    };
  });
  return { address: `etcd://${servers.map(({ ip }) => `${ip}:2379`).join(',')}/mesos`, servers };
}

/** Starts servers that need each other: none is ready before others are. */
function startAll(
  cluster: Cluster,
  names: readonly string[],
  options: (name: string, index: number) => Omit<NodeOptions, 'name'>,
): Promise<ClusterNode[]> {
  return Promise.all(names.map((name, index) => cluster.startNode({ name, ...options(name, index) })));
}
