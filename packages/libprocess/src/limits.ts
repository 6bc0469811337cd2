import { ProcessError } from './errors.ts';

/**
 * What gives way when more waits for a peer than may: the connection with it, messages that have just been sent, or those that have
 * waited longest. What is said of links never gives way.
 */
export type OutboundPolicy = 'close' | 'drop newest' | 'drop oldest';

/** Bounds of a runtime. What goes beyond one is refused or dropped, counted and logged. */
export interface Limits {
  /** Events in one mailbox. */
  readonly mailboxMax: number;
  /** Messages that wait for a connection to one peer. */
  readonly outboundMessagesMax: number;
  /** Bytes that wait for one peer, be it that there is no connection yet or that it does not read them. */
  readonly outboundBytesMax: number;
  /** What gives way when more waits for one peer than `outboundMessagesMax` or `outboundBytesMax`. */
  readonly outboundPolicy: OutboundPolicy;
  /** Bytes of one frame, in both directions. */
  readonly frameBytesMax: number;
  /** Bytes of an HTTP request's header fields. */
  readonly httpHeaderBytesMax: number;
  /** Other runtimes that there may be connections with, each counted by every address that it is known by. */
  readonly peersMax: number;
  /** Connections that others have made and not greeted on yet. */
  readonly ungreetedMax: number;
  /** How long connecting and greeting may take, in milliseconds. */
  readonly handshakeTimeoutMs: number;
  /** How long an HTTP client may take to send its header fields, in milliseconds. */
  readonly httpHeadersTimeoutMs: number;
  /** Bytes of an HTTP request's body, decompressed, where its route says nothing else. */
  readonly httpBodyBytesMax: number;
  /** How long reading an HTTP request's body may take, where its route says nothing else, in milliseconds. */
  readonly httpBodyTimeoutMs: number;
  /** How long an HTTP connection without a request stays open, in milliseconds. */
  readonly httpIdleTimeoutMs: number;
  /** How long an HTTP client may take nothing of what is written for it, in milliseconds. */
  readonly httpWriteTimeoutMs: number;
  /** HTTP requests of one connection that wait because others of it are being answered. */
  readonly httpPipelinedMax: number;
  /** How often a silent connection is asked for a sign of life, in milliseconds; it is given up after two questions without one. */
  readonly pingIntervalMs: number;
  /**
   * How long each of what keeps an actor from ending that is to end may take, in milliseconds: `initialize`, a handler of a serial actor,
   * `finalize`, the disposal of a managed actor. It then ends without, counted in `libprocess/ends_forced`.
   */
  readonly endTimeoutMs: number;
}

/** The bounds of a runtime that is told no others. */
export const defaultLimits: Limits = {
  mailboxMax: 1_000_000,
  outboundMessagesMax: 100_000,
  outboundBytesMax: 64 * 1024 * 1024,
  outboundPolicy: 'close',
  frameBytesMax: 64 * 1024 * 1024,
  httpHeaderBytesMax: 16 * 1024,
  peersMax: 50_000,
  ungreetedMax: 1_000,
  handshakeTimeoutMs: 10_000,
  httpHeadersTimeoutMs: 60_000,
  httpBodyBytesMax: 64 * 1024 * 1024,
  httpBodyTimeoutMs: 300_000,
  httpIdleTimeoutMs: 75_000,
  httpWriteTimeoutMs: 60_000,
  httpPipelinedMax: 1_000,
  pingIntervalMs: 15_000,
  endTimeoutMs: 30_000,
};

/**
 * Bounds as they were given, and the defaults of the others. Throws `INVARIANT` for one that is no number or below 0: nothing is ever
 * beyond what is not a number.
 */
export function limitsOf(given: Partial<Limits>): Limits {
  const limits = withDefaults(defaultLimits, given);
  for (const name of Object.keys(defaultLimits) as (keyof Limits)[]) {
    const value = limits[name];
    if (name !== 'outboundPolicy' && (typeof value !== 'number' || !(value >= 0))) {
      throw new ProcessError('INVARIANT', `The limit ${name} is a number from 0 on, not ${value}`);
    }
  }
  return limits;
}

/** Options over their defaults. One that is undefined is not given: only a compiler that is asked to tells them apart. */
export function withDefaults<T extends object>(defaults: T, given: { readonly [K in keyof T]?: T[K] | undefined }): T {
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(defined) };
}
