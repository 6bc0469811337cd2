/**
 * `@mesos-ts/libprocess/debug`: the actors that every program of libprocess has, for operators to look into it while it runs.
 *
 * @module
 */
export { systemProcessesOf } from './environment.ts';
export { EventLoopLag } from './event-loop-lag.ts';
export { LoggingProcess } from './logging-process.ts';
export { MemoryProfilerProcess } from './memory-profiler-process.ts';
export { ProcessesProcess } from './processes-process.ts';
export { ProfilerProcess } from './profiler-process.ts';
export { spawnSystemProcesses } from './spawn-system-processes.ts';
export { SystemProcess } from './system-process.ts';
export { VersionProcess } from './version-process.ts';

export type { EventLoopLagOptions } from './event-loop-lag.ts';
export type { GuardOptions } from './guard.ts';
export type { MemoryProfilerOptions } from './memory-profiler-process.ts';
export type { ProfilerOptions } from './profiler-process.ts';
export type { SystemProcessesOptions } from './spawn-system-processes.ts';
