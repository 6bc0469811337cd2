import test from 'ava';
import { EtcdGroup } from '../../src/etcd/group.ts';
import { etcdAbsence, startEtcdEnsemble } from '../../src/testing/etcd.ts';
import { ensembleTests } from '../ensembles.ts';

ensembleTests(test, {
  name: 'etcd',
  absence: etcdAbsence(),
  start: startEtcdEnsemble,
  group: (ports, place, surroundings, sessionTimeoutMs) => {
    const endpoints = ports.map((port) => ({ host: '127.0.0.1', port }));
    const address = { endpoints, prefix: `/test-${place}/mesos`, credentials: undefined };
    return new EtcdGroup({ address, sessionTimeoutMs, label: 'json.info' }, surroundings);
  },
});
