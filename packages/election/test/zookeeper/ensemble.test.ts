import test from 'ava';
import { startZooKeeperEnsemble, zooKeeperAbsence } from '../../src/testing/zookeeper.ts';
import { ZooKeeperGroup } from '../../src/zookeeper/group.ts';
import { ensembleTests } from '../ensembles.ts';

ensembleTests(test, {
  name: 'ZooKeeper',
  absence: zooKeeperAbsence(),
  start: startZooKeeperEnsemble,
  group: (ports, place, surroundings, sessionTimeoutMs) => {
    const servers = ports.map((port) => ({ host: '127.0.0.1', port }));
    const address = { servers, path: `/test-${place}/mesos`, credentials: undefined };
    return new ZooKeeperGroup({ address, sessionTimeoutMs, label: 'json.info' }, surroundings);
  },
});
