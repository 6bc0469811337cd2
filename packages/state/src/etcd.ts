/**
 * A state in etcd; of its own, since it loads gRPC.
 *
 * @module
 */
export { EtcdStorage } from './etcd-storage.ts';

export type { EtcdStorageOptions } from './etcd-storage.ts';
