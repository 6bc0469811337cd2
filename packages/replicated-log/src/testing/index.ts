/**
 * What tests of logs need: the suite that every storage of a log must pass, and a storage on a simulated disk.
 *
 * @module
 */
export { JournalStore } from './journal-store.ts';
export { OrderedLogStorage } from '../storage/ordered-log-storage.ts';
export { logStorageSuite } from './storage-suite.ts';

export type { LogStorageSuiteOptions } from './storage-suite.ts';
export type { OrderedStore, StoreChange } from '../storage/ordered-store.ts';
