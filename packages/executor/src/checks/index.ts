/**
 * Checks and health checks, for executors that make those of their tasks: what `Executor.startChecks` takes and answers.
 *
 * @module
 */
export { localProbes } from './local-probes.ts';

export type { ProbeTarget } from './plan.ts';
export type { Probe, ProbeMaker, ProbeOutcome } from './probe.ts';
export type { ChecksListener, TaskChecks } from './task-checks.ts';
