import { etcdAbsence, startEtcdEnsemble } from '@mesos-ts/election/testing';
import test from 'ava';
import { cutEnsembleTest } from './cut-ensembles.ts';

cutEnsembleTest(test, {
  name: 'etcd',
  absence: etcdAbsence(),
  start: startEtcdEnsemble,
  url: (ports) => `etcd://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/mesos`,
});
