/**
 * What tests of the agent, and of what works with agents, need: a containerizer whose executors are actors, sandboxes without a
 * disk, and the agent's side of a master.
 *
 * @module
 */
export { MemorySandboxes } from './memory-sandboxes.ts';
export { TestContainerizer } from './test-containerizer.ts';
export { TestExecutor } from './test-executor.ts';
export { TestMaster } from './test-master.ts';
export { commandTask, runTaskMessage, startTestAgent, testFramework } from './start-test-agent.ts';

export type { CreateExecutor } from './test-containerizer.ts';
export type { StartTestAgentOptions, TestAgent } from './start-test-agent.ts';
export type { TestExecutorOptions } from './test-executor.ts';
export type { TestMasterOptions } from './test-master.ts';
