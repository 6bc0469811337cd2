/**
 * The Mesos agent: runs executors and their tasks for a master, in sandboxes below a work directory.
 *
 * `startAgent` runs one in this OS process, as the program `mesos-agent` does (`runAgent`). What runs the executors is a
 * `Containerizer`; `MesosContainerizer` makes them child processes.
 *
 * @module
 */
export { Agent } from './agent.ts';
export { MesosContainerizer } from './containerizer/mesos-containerizer.ts';
export { PosixLauncher } from './containerizer/posix-launcher.ts';
export { createIsolators } from './containerizer/posix-isolators.ts';
export { AgentError } from './errors.ts';
export { agentFlags } from './flags.ts';
export { runAgent } from './main.ts';
export { StandaloneDetector, parseMasterAddress } from './master-address.ts';
export { startAgent } from './start-agent.ts';

export type { AgentParts } from './agent.ts';
export type { ContainerConfig, ContainerTermination, Containerizer } from './containerizer/containerizer.ts';
export type { Isolator } from './containerizer/isolator.ts';
export type { Identity, LaunchSpec, LaunchedProcess, Launcher } from './containerizer/launcher.ts';
export type { MesosContainerizerOptions } from './containerizer/mesos-containerizer.ts';
export type { AgentErrorCode } from './errors.ts';
export type { CommandExecutorProgram } from './executors/command-executor.ts';
export type { AgentFlags } from './flags.ts';
export type { LookUp, MasterAddress, MasterDetector } from './master-address.ts';
export type { Machine } from './resources/detect.ts';
export type { Sandboxes } from './sandbox.ts';
export type { AgentEnd, AgentHandle, AgentOptions } from './start-agent.ts';
