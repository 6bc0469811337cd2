/**
 * ZooKeeper: a session, and groups of members in it.
 *
 * @module
 */
export { ZooKeeperError } from './errors.ts';
export { ZooKeeperGroup } from './group.ts';
export { ZooKeeperSession } from './session.ts';

export type { ZooKeeperErrorCode } from './errors.ts';
export type { ZooKeeperGroupOptions } from './group.ts';
export type { ZooKeeperAcl, ZooKeeperSessionListener, ZooKeeperSessionOptions, ZooKeeperStat } from './session.ts';
