/**
 * SDK for Mesos executors as remote actors.
 *
 * @module
 */
export { executorEnvironment } from './environment.ts';
export { ExecutorError } from './errors.ts';
export { Executor } from './executor.ts';
export { runExecutor } from './run.ts';

export type { ExecutorEnvironment, Variables } from './environment.ts';
export type { ExecutorErrorCode } from './errors.ts';
export type { AgentConnection, AgentConnector, ExecutorNotice, ExecutorPort } from './connection.ts';
export type { ExecutorOptions, TaskUpdate } from './executor.ts';
export type { RunExecutorOptions } from './run.ts';
