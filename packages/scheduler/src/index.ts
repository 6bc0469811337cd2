/**
 * SDK for Mesos schedulers (frameworks) as remote actors.
 *
 * @module
 */
export { SchedulerError } from './errors.ts';
export { runScheduler, spawnScheduler } from './run.ts';
export { Scheduler } from './scheduler.ts';

export type { OfferRef, OneOrMore, TaskRef, TaskToLaunch } from './calls.ts';
export type { SchedulerErrorCode } from './errors.ts';
export type { FrameworkOptions } from './framework.ts';
export type { MasterAddress } from './master-address.ts';
export type { SchedulerHttpOptions, SchedulerOptions } from './options.ts';
export type { RunSchedulerOptions } from './run.ts';
