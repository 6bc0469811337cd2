import test from 'ava';
import { startZooKeeperEnsemble, zooKeeperAbsence } from '../../src/testing/zookeeper.ts';
import { ZooKeeperGroup } from '../../src/zookeeper/group.ts';
import { ensembleTests, sessionTimeoutMs } from '../ensembles.ts';

const absence = zooKeeperAbsence();

if (absence !== undefined && process.env['MESOS_REQUIRE_ELECTION_SERVICES'] !== '1') {
  test(`ensembles of ZooKeeper are not tested: ${absence}`, (t) => {
    t.log(absence);
    t.pass();
  });
} else {
  ensembleTests(test, {
    name: 'ZooKeeper',
    start: startZooKeeperEnsemble,
    group: (ports, place, surroundings) => {
      const servers = ports.map((port) => ({ host: '127.0.0.1', port }));
      const address = { servers, path: `/test-${place}/mesos`, credentials: undefined };
      return new ZooKeeperGroup({ address, sessionTimeoutMs, label: 'json.info' }, surroundings);
    },
  });
}
