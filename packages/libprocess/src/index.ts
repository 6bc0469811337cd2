/**
 * PID-addressed actors for Node.js, over WebSocket: a port of libprocess.
 *
 * @module
 */
export { PID, isProcessId } from './actor/pid.ts';
export { Process } from './actor/process.ts';
export { Backoff } from './composition/backoff.ts';
export { Mutex } from './composition/mutex.ts';
export { Queue } from './composition/queue.ts';
export { RateLimiter } from './composition/rate-limiter.ts';
export { ReadWriteLock } from './composition/read-write-lock.ts';
export { retry } from './composition/retry.ts';
export { Semaphore } from './composition/semaphore.ts';
export { Sequence } from './composition/sequence.ts';
export { deferred } from './deferred.ts';
export { FileDisk } from './disk/file-disk.ts';
export { ProcessError, errorText } from './errors.ts';
export { BasicAuthenticator } from './http/basic-authenticator.ts';
export { readBody, readJson, readText } from './http/body.ts';
export { CertificateAuthenticator, commonNameOf } from './http/certificate-authenticator.ts';
export { CombinedAuthenticator } from './http/combined-authenticator.ts';
export { disabledEndpoints } from './http/control.ts';
export { HelpProcess } from './http/help-process.ts';
export { isJsonpName, jsonResponse, methodNotAllowed, textResponse } from './http/message.ts';
export { acceptsEncoding, acceptsMediaType, parseMediaType, preferredMediaType } from './http/negotiation.ts';
export { BodyPipe } from './http/pipe.ts';
export { principalText } from './http/principal.ts';
export { defaultLimits } from './limits.ts';
export { Verbosity, debugLogger, streamLogger } from './logger.ts';
export { Counter } from './metrics/counter.ts';
export { PullGauge, PushGauge } from './metrics/gauge.ts';
export { MetricTimer } from './metrics/metric-timer.ts';
export { Metric } from './metrics/metric.ts';
export { MetricsProcess } from './metrics/metrics-process.ts';
export { Metrics, snapshotOf } from './metrics/metrics.ts';
export { prometheusText } from './metrics/prometheus.ts';
export { formatUuid } from './random/random.ts';
export { SeededRandom } from './random/seeded-random.ts';
export { SystemRandom } from './random/system-random.ts';
export { formatAddress, parseAddress, parseHostPort } from './remote/address.ts';
export { Runtime } from './runtime.ts';
export { Supervisor } from './supervision/supervisor.ts';
export { after, timeLimit } from './time/after.ts';
export { SystemClock } from './time/system-clock.ts';
export { Timeout } from './time/timeout.ts';
export { tlsFromEnvironment } from './tls/tls-environment.ts';
export { transportOptionsFromEnvironment } from './transport/environment.ts';
export { MemoryNetwork, MemoryTransport } from './transport/memory-transport.ts';
export { WebSocketTransport } from './transport/websocket-transport.ts';
export { createTrust } from './trust/create-trust.ts';
export { trustFromEnvironment } from './trust/trust-environment.ts';

export type { AskOptions, QuestionOptions } from './actor/ask.ts';
export type {
  DispatchEvent,
  EndReason,
  Event,
  ExitReason,
  ExitedEvent,
  HttpEvent,
  MessageEvent,
  TellEvent,
  TerminateEvent,
  TimerEvent,
} from './actor/event.ts';
export type { EventFilter } from './actor/filters.ts';
export type { HandlerResult, InstalledRoute, MessageHandler, RouteHelp, RouteOptions } from './actor/handlers.ts';
export type {
  ActorView,
  DispatchArgs,
  DispatchName,
  DispatchRest,
  DispatchResult,
  LinkOptions,
  ProcessOptions,
  ProcessRuntime,
  SpawnOptions,
  TerminateOptions,
} from './actor/process.ts';
export type { Runnable, Scheduler } from './actor/run-queue.ts';
export type { BackoffOptions } from './composition/backoff.ts';
export type { Lock } from './composition/lock.ts';
export type { QueueOptions } from './composition/queue.ts';
export type { RateLimiterOptions } from './composition/rate-limiter.ts';
export type { Attempt, RetryOptions } from './composition/retry.ts';
export type { AcquireOptions, SemaphoreOptions } from './composition/semaphore.ts';
export type { WaitOptions } from './composition/waiters.ts';
export type { Deferred } from './deferred.ts';
export type { Disk, DiskFile } from './disk/disk.ts';
export type { ProcessErrorCode } from './errors.ts';
export type { AuthenticationResult, Authenticator, AuthorizationCallback } from './http/authentication.ts';
export type { BasicAuthenticatorOptions } from './http/basic-authenticator.ts';
export type { CertificateAuthenticatorOptions } from './http/certificate-authenticator.ts';
export type { Endpoint, FirewallRequest, FirewallRule, HttpControl, HttpOptions } from './http/control.ts';
export type { HttpHandler, HttpRequest, HttpResponse, TransportRequest } from './http/message.ts';
export type { MediaType } from './http/negotiation.ts';
export type { RouteParams } from './http/path-pattern.ts';
export type { BodyPipeOptions } from './http/pipe.ts';
export type { Principal } from './http/principal.ts';
export type { InjectedRequest, InjectedResponse } from './http/service.ts';
export type { Limits, OutboundPolicy } from './limits.ts';
export type { Logger, StreamLoggerOptions } from './logger.ts';
export type { DurationUnit, MetricTimerOptions } from './metrics/metric-timer.ts';
export type { HistoryOptions, MetricKind, MetricOptions, MetricValue } from './metrics/metric.ts';
export type { MetricsProcessOptions, RequestRate } from './metrics/metrics-process.ts';
export type { CollectOptions, MetricMaker, MetricReading } from './metrics/metrics.ts';
export type { MetricFamily, PrometheusOptions } from './metrics/prometheus.ts';
export type { Statistics } from './metrics/statistics.ts';
export type { Random } from './random/random.ts';
export type { Address } from './remote/address.ts';
export type { RuntimeOptions } from './runtime.ts';
export type {
  ChildInfo,
  ChildSpec,
  ChildState,
  RestartKind,
  RestartStrategy,
  SupervisorEvent,
  WatchSpec,
} from './supervision/child.ts';
export type { SupervisorOptions } from './supervision/supervisor.ts';
export type { AfterOptions, TimeLimit } from './time/after.ts';
export type { Clock, Timer, TimerOptions } from './time/clock.ts';
export type { Environment, TlsEnvironment } from './tls/tls-environment.ts';
export type { HostnameValidation, TlsOptions, TlsVersion } from './tls/tls-options.ts';
export type { TransportEnvironment } from './transport/environment.ts';
export type {
  Connection,
  ConnectionHandlers,
  Evidence,
  OpenOptions,
  Transport,
  TransportHandlers,
} from './transport/transport.ts';
export type { WebSocketTransportOptions } from './transport/websocket-transport.ts';
export type { CertificateVerifier, Secret, TrustOptions } from './trust/create-trust.ts';
export type { TrustEnvironment } from './trust/trust-environment.ts';
export type { AddressCheck, Claim, Handshake, ProofPurpose, Trust } from './trust/trust.ts';
