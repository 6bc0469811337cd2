import { readdirSync, realpathSync } from 'node:fs';
import type { Cluster } from './cluster.ts';
import type { ClusterNode } from './cluster-node.ts';

const NAME = 'election';
const ZOOKEEPER_JAR = '/usr/share/java/zookeeper.jar';
const ETCD = '/usr/bin/etcd';

/** Starts the ZooKeeper of this machine (Debian's package `zookeeper`) on a host of its own, at port 2181. */
export async function startZooKeeper(cluster: Cluster): Promise<ClusterNode> {
  const config = ['tickTime=1000', 'dataDir=/var/lib/zookeeper', 'clientPort=2181', 'admin.enableServer=false'];
  return cluster.startNode({
    name: NAME,
    command: [
      realpathSync('/usr/bin/java'),
      '-Xmx96m',
      '-XX:+UseSerialGC',
      '-cp',
      ZOOKEEPER_JAR,
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      '/etc/zoo.cfg',
    ],
    files: { '/etc/zoo.cfg': `${config.join('\n')}\n` },
    shared: [
      '/lib',
      '/usr/lib',
      '/usr/share/java',
      ...readdirSync('/etc')
        .filter((file) => file.startsWith('java-'))
        .map((file) => `/etc/${file}`),
    ],
  });
}

/** Starts the etcd of this machine (Debian's package `etcd-server`) on a host of its own, at port 2379. */
export async function startEtcd(cluster: Cluster): Promise<ClusterNode> {
  const url = `http://${cluster.addressOf(NAME)}:2379`;
  return cluster.startNode({
    name: NAME,
    command: [ETCD, '--data-dir=/var/lib/etcd', `--listen-client-urls=${url}`, `--advertise-client-urls=${url}`],
    shared: [realpathSync(ETCD)],
  });
}
