/**
 * What every storage of a `State` must do, as tests.
 *
 * @module
 */
export { storageSuite } from './storage-suite.ts';

export type { StorageSuiteOptions, SuiteAssertions, SuiteTest } from './storage-suite.ts';
