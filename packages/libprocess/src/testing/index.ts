/**
 * What tests of actors need: a clock that they move, a look at messages, calls and exits, and simulations of whole clusters under a seed.
 * Also waiting for the world outside, folders and ports of a test's own, and the suites that every transport and disk must pass.
 *
 * @module
 */
export { diskSuite } from './disk-suite.ts';
export { eventually } from './eventually.ts';
export { freePort } from './free-port.ts';
export {
  dropDispatch,
  dropDispatches,
  dropExited,
  dropMessage,
  dropMessages,
  expectDispatch,
  expectExited,
  expectMessage,
  expectNoDispatch,
  expectNoExited,
  expectNoMessage,
} from './messages.ts';
export { simulate, simulateSeeds } from './simulation/simulate.ts';
export { inTemporaryFolder, temporaryFolder } from './temporary-folder.ts';
export { TestClock } from './test-clock.ts';
export { transportSuite } from './transport-suite.ts';

export type { DiskSuiteOptions } from './disk-suite.ts';
export type { DispatchPattern, Exited, ExitedPattern, Filterable, MessagePattern } from './messages.ts';
export type { Dice } from './simulation/dice.ts';
export type { DiskOptions, SimulatedDisk } from './simulation/disk.ts';
export type { Fault, FaultBudget } from './simulation/nemesis.ts';
export type {
  Arrival,
  LinkOptions,
  NetworkOptions,
  SimulatedNetwork,
  Verdict,
  Violations,
} from './simulation/network.ts';
export type { ClockOptions } from './simulation/node-clock.ts';
export type { Boot, CrashOptions, NodeContext, NodeOptions, SimulatedNode } from './simulation/node.ts';
export type { Scenario, SeedsOptions, SimulateOptions, SimulationResult } from './simulation/simulate.ts';
export type { Simulation, SimulationOptions } from './simulation/simulation.ts';
export type { Trace } from './simulation/trace.ts';
export type { TemporaryFolder } from './temporary-folder.ts';
export type { TestClockOptions } from './test-clock.ts';
export type { SuiteAssertions, SuiteTest, TransportSuiteOptions } from './transport-suite.ts';
export type { Disk, DiskFile } from '../disk/disk.ts';
