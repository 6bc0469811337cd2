import { startZooKeeperEnsemble, zooKeeperAbsence } from '@mesos-ts/election/testing';
import test from 'ava';
import { cutEnsembleTest } from './cut-ensembles.ts';

cutEnsembleTest(test, {
  name: 'ZooKeeper',
  absence: zooKeeperAbsence(),
  start: startZooKeeperEnsemble,
  url: (ports) => `zk://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/mesos`,
});
