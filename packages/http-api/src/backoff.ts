/** What the wait before the next attempt depends on. */
export interface BackoffOptions {
  /** How many attempts were made in a row. */
  readonly attempts: number;
  /** The bound of the first wait, in milliseconds; it doubles with each attempt. */
  readonly firstMs: number;
  /** The bound of all waits. */
  readonly maxMs: number;
  /** The shortest wait. @default 0 */
  readonly minMs?: number;
  /** A random number in [0, 1). */
  readonly random: number;
}

/** How long to wait, in milliseconds, before the next attempt: a random part of a bound, so that those who lost the same server do not return at once. */
export function backoffMs({ attempts, firstMs, maxMs, minMs = 0, random }: BackoffOptions): number {
  return Math.max(minMs, Math.min(firstMs * 2 ** Math.max(0, attempts - 1), maxMs) * random);
}
