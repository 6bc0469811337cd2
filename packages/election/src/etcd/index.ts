/**
 * etcd, version 3: a client, and groups of members in it.
 *
 * @module
 */
export { EtcdClient, EtcdError } from './client.ts';
export { EtcdGroup } from './group.ts';

export type { EtcdEntry, EtcdRange, EtcdStream, EtcdStreamListener } from './client.ts';
export type { EtcdGroupOptions } from './group.ts';
