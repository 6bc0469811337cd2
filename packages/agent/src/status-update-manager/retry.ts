import { statusUpdateRetryIntervalMaxMs, statusUpdateRetryIntervalMinMs } from '../constants.ts';

/** How long to wait for an acknowledgement after a send; `before` is the wait that has just passed without one. */
export function nextRetryIntervalMs(before?: number): number {
  if (before === undefined) return statusUpdateRetryIntervalMinMs;
  return Math.min(before * 2, statusUpdateRetryIntervalMaxMs);
}
