/**
 * The `mesos` command, and local clusters for programs.
 *
 * @module
 */
export { CliError } from './errors.ts';
export { startLocalCluster } from './local-cluster.ts';
export { mesos } from './mesos.ts';

export type { CliErrorCode } from './errors.ts';
export type { Command, Io, Variables } from './io.ts';
export type { LocalCluster, LocalClusterOptions } from './local-cluster.ts';
