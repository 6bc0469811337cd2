import test from 'ava';
import { EtcdGroup } from '../../src/etcd/group.ts';
import { etcdAbsence, startEtcdEnsemble } from '../../src/testing/etcd.ts';
import { ensembleTests, sessionTimeoutMs } from '../ensembles.ts';

const absence = etcdAbsence();

if (absence !== undefined && process.env['MESOS_REQUIRE_ELECTION_SERVICES'] !== '1') {
  test(`ensembles of etcd are not tested: ${absence}`, (t) => {
    t.log(absence);
    t.pass();
  });
} else {
  ensembleTests(test, {
    name: 'etcd',
    start: startEtcdEnsemble,
    group: (ports, place, surroundings) => {
      const endpoints = ports.map((port) => ({ host: '127.0.0.1', port }));
      const address = { endpoints, prefix: `/test-${place}/mesos`, credentials: undefined };
      return new EtcdGroup({ address, sessionTimeoutMs, label: 'json.info' }, surroundings);
    },
  });
}
