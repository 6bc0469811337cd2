/**
 * Actors in a web page, which link to and exchange messages with those of servers: the page connects, the servers answer over the same
 * connection. Without anything of Node.js, and without `eval`.
 *
 * @module
 */
export { BrowserTransport } from './browser-transport.ts';
export { PID, isProcessId } from '../actor/pid.ts';
export { Process } from '../actor/process.ts';
export { deferred } from '../deferred.ts';
export { ProcessError, errorText } from '../errors.ts';
export { defaultLimits } from '../limits.ts';
export { debugLogger } from '../logger.ts';
export { Counter } from '../metrics/counter.ts';
export { PullGauge, PushGauge } from '../metrics/gauge.ts';
export { MetricTimer } from '../metrics/metric-timer.ts';
export { Metrics, snapshotOf } from '../metrics/metrics.ts';
export { SeededRandom } from '../random/seeded-random.ts';
export { SystemRandom } from '../random/system-random.ts';
export { formatAddress, parseAddress, parseHostPort } from '../remote/address.ts';
export { Runtime } from '../runtime.ts';
export { SystemClock } from '../time/system-clock.ts';

export type { BrowserTransportOptions, PageSocket } from './browser-transport.ts';
export type { AskOptions, QuestionOptions } from '../actor/ask.ts';
export type { EndReason, Event, ExitReason } from '../actor/event.ts';
export type { HandlerResult, MessageHandler } from '../actor/handlers.ts';
export type {
  DispatchArgs,
  DispatchName,
  DispatchRest,
  DispatchResult,
  LinkOptions,
  ProcessOptions,
  ProcessRuntime,
  SpawnOptions,
  TerminateOptions,
} from '../actor/process.ts';
export type { Deferred } from '../deferred.ts';
export type { ProcessErrorCode } from '../errors.ts';
export type { Limits } from '../limits.ts';
export type { Logger } from '../logger.ts';
export type { Random } from '../random/random.ts';
export type { Address } from '../remote/address.ts';
export type { RuntimeOptions } from '../runtime.ts';
export type { Clock, Timer } from '../time/clock.ts';
export type { Connection, Transport, TransportHandlers } from '../transport/transport.ts';
