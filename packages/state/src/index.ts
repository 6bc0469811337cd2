/**
 * Variables with versions, as Mesos's `state::State`, over several storages.
 *
 * @module
 */
export { applyDelta, makeDelta } from './delta.ts';
export { StateError } from './errors.ts';
export { InMemoryStorage } from './in-memory-storage.ts';
export { LevelStorage } from './level-storage.ts';
export { LogStorage } from './log-storage.ts';
export { State, Variable } from './state.ts';

export type { StateErrorCode } from './errors.ts';
export type { LogStorageOptions } from './log-storage.ts';
export type { StateStorage } from './storage.ts';
