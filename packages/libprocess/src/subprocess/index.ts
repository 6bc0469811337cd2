/**
 * `@mesos-ts/libprocess/subprocess`: children of this OS process, and the processes of this machine.
 *
 * @module
 */
export { execute } from './execute.ts';
export { describeExit, exitStatusOf, waitStatus } from './exit-status.ts';
export { closure, listProcesses, parseStat, processKey, processTree, readProcess } from './process-table.ts';
export { ReaperProcess, reap, reapIntervalMs, reapIntervalMsMax, reapIntervalMsMin } from './reaper-process.ts';
export { killTree, sendSignal, signalAll } from './signals.ts';
export { Subprocess, subprocess } from './subprocess.ts';

export type { Captured } from './capture.ts';
export type { ExecuteOptions, Executed } from './execute.ts';
export type { ExitStatus } from './exit-status.ts';
export type { ProcessEntry, ProcessRoot } from './process-table.ts';
export type { ReapedChild } from './reaper-process.ts';
export type { Input, Output } from './stdio.ts';
export type { Command, SubprocessOptions } from './subprocess.ts';
