/**
 * A state in ZooKeeper.
 *
 * @module
 */
export { ZooKeeperStorage } from './zookeeper-storage.ts';

export type { ZooKeeperStorageOptions } from './zookeeper-storage.ts';
