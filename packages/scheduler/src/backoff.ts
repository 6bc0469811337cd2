import { backoffMs } from '@mesos-ts/http-api';
import { reconcileBackoffMaxMs, reconcileBackoffMs, subscribeBackoffMaxMs, subscribeDelayMinMs } from './constants.ts';

/** What the wait between two attempts to subscribe depends on. */
export interface BackoffOptions {
  /** How many attempts were made in a row. */
  readonly attempts: number;
  /** The bound of the first wait, in milliseconds. */
  readonly firstMs: number;
  /** How long the master keeps the framework without its scheduler, in seconds, if at all. */
  readonly failoverTimeoutSeconds: number | undefined;
  /** A random number in [0, 1). */
  readonly random: number;
}

/**
 * How long to wait, in milliseconds, before the next attempt to subscribe: a random part of a bound that doubles with each attempt,
 * up to a minute, and to a tenth of the failover timeout so that a framework has ten chances before it is given up.
 */
export function subscribeDelayMs(options: BackoffOptions): number {
  const { failoverTimeoutSeconds = 0 } = options;
  const chancesMs = failoverTimeoutSeconds > 0 ? failoverTimeoutSeconds * 100 : Infinity;
  return backoffMs({ ...options, maxMs: Math.min(subscribeBackoffMaxMs, chancesMs), minMs: subscribeDelayMinMs });
}

/**
 * How long to wait, in milliseconds, before tasks that no answer has come for are asked for again: half of a bound that doubles with each
 * round, up to a minute, and a random part of the other half.
 */
export function reconcileDelayMs({ rounds, random }: { readonly rounds: number; readonly random: number }): number {
  const bound = { attempts: rounds, firstMs: reconcileBackoffMs / 2, maxMs: reconcileBackoffMaxMs / 2 };
  return backoffMs({ ...bound, random: 1 }) + backoffMs({ ...bound, random });
}
