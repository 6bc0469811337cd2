/**
 * What tests of elections need: the suite that every implementation passes, a group in memory, and the real services.
 *
 * @module
 */
export { BlackHole } from './black-hole.ts';
export { TestEnsemble } from './ensemble.ts';
export { etcdAbsence, startEtcd, startEtcdEnsemble } from './etcd.ts';
export { MemoryGroupService } from './memory-group.ts';
export { PeerLinks } from './peer-links.ts';
export { FaultyProxy } from './proxy.ts';
export { TestServer } from './server.ts';
export { electionSuite, leaderOf, testMasterInfo, untilLeads } from './suite.ts';
export { startZooKeeper, startZooKeeperEnsemble, zooKeeperAbsence } from './zookeeper.ts';

export type { PeerTarget } from './peer-links.ts';
export type { Passage } from './proxy.ts';
export type { ServerProgram } from './server.ts';
export type { ElectionSuiteOptions, SuiteAssertions, SuiteElection, SuiteMaster, SuiteTest } from './suite.ts';
