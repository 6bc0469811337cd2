/**
 * What tests of the master, and of what works with masters, need: a master under virtual time, and the master's side of agents
 * and schedulers.
 *
 * @module
 */
export { HttpTestScheduler } from './http-test-scheduler.ts';
export { TestAgent } from './test-agent.ts';
export { TestCluster } from './test-cluster.ts';
export { TestScheduler, commandTask } from './test-scheduler.ts';

export type { CallAnswer, HttpTestSchedulerOptions } from './http-test-scheduler.ts';
export type { OnMachine, TestClusterOptions } from './test-cluster.ts';
export type { ReceivedMessage, TestAgentOptions } from './test-agent.ts';
export type { TestSchedulerOptions } from './test-scheduler.ts';
