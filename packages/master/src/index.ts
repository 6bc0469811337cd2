/**
 * The Mesos master: offers the resources of agents to frameworks, and brings tasks and their status updates from the ones to the
 * others.
 *
 * `startMaster` runs one in this OS process, as the program `mesos-master` does (`runMaster`). `Allocator` and `DrfSorter` are the
 * pure core of the decision who is offered what.
 *
 * @module
 */
export { Allocator } from './allocator/allocator.ts';
export { DrfSorter } from './allocator/sorter.ts';
export { Totals } from './allocator/totals.ts';
export { MasterError } from './errors.ts';
export { masterFlags } from './flags.ts';
export { runMaster } from './main.ts';
export { Master } from './master.ts';
export { startMaster } from './start-master.ts';

export type {
  AllocatedOffer,
  Allocation,
  AllocatorAgent,
  AllocatorEvent,
  AllocatorOptions,
  Candidates,
} from './allocator/events.ts';
export type { DrfSorterOptions } from './allocator/sorter.ts';
export type { MasterErrorCode } from './errors.ts';
export type { MasterFlags } from './flags.ts';
export type { Election } from './leadership.ts';
export type { MasterFacts } from './options.ts';
export type { MasterOptions } from './master-options.ts';
export type { MasterSettings } from './options.ts';
export type { MasterHandle, StartMasterOptions } from './start-master.ts';
export type { FrameworkConnection } from './state/framework.ts';
