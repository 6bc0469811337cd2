/**
 * What tests of actors need: a clock that they move, and a look at messages. Also the suite that every transport must pass.
 *
 * @module
 */
export { dropMessage, dropMessages, expectMessage, expectNoMessage } from './messages.ts';
export { TestClock } from './test-clock.ts';
export { transportSuite } from './transport-suite.ts';

export type { MessagePattern } from './messages.ts';
export type { TestClockOptions } from './test-clock.ts';
export type { SuiteAssertions, SuiteTest, TransportSuiteOptions } from './transport-suite.ts';
