/**
 * A Paxos replicated log: an ordered sequence of entries that survives the loss of any minority of its replicas.
 *
 * @module
 */
export { LogError } from './errors.ts';
export { checkMembers, defaultReplicaId, Log } from './log.ts';
export { fixedMembership } from './membership.ts';
export { levelLogStorage } from './storage/level-log-storage.ts';
export { LevelStore } from './storage/level-store.ts';
export { MemoryLogContent, MemoryLogStorage } from './storage/memory-log-storage.ts';

export type { LogErrorCode } from './errors.ts';
export type { LogOptions } from './log.ts';
export type { LogCallOptions, LogEntry, LogReader, LogWriter } from './log-api.ts';
export type { Membership } from './membership.ts';
export type { Action, ActionValue, Interval, Metadata, PerformedAction, ReplicaStatus } from './protocol/action.ts';
export type { LevelOptions } from './storage/level-store.ts';
export type { DirectoryPurpose } from './storage/log-directory.ts';
export type { OrderedStore, StoreChange } from './storage/ordered-store.ts';
export type { LogBounds, LogTiming } from './protocol/port.ts';
export type { LogStorage, LogWrite, RecoveredLog } from './storage/log-storage.ts';
