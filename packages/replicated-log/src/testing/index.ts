/**
 * What tests of logs need: the simulation under a seed, with its checks; a checker of linearizability; the suite that every storage of a log must pass, and a storage on a
 * simulated disk.
 *
 * @module
 */
export { JournalStore } from './journal-store.ts';
export { linearization, logModel } from './linearizability.ts';
export { LogHistory } from './log-history.ts';
export { LogViolation } from './simulation/checker.ts';
export { OrderedLogStorage } from '../storage/ordered-log-storage.ts';
export { logStorageSuite } from './storage-suite.ts';
export { simulateLog } from './simulation/simulate-log.ts';

export type { LogChecks } from './simulation/checker.ts';
export type { DiskFaults } from './simulation/simulated-node.ts';
export type { LogOperation, LogOutcome, Operation, SequentialModel } from './linearizability.ts';
export type { LogSimulationOptions, LogSimulationReport, PlantedFaults } from './simulation/simulate-log.ts';
export type { LogStorageSuiteOptions } from './storage-suite.ts';
export type { OrderedStore, StoreChange } from '../storage/ordered-store.ts';
