import { STATUS_UPDATE_RETRY_INTERVAL_MAX_MS, STATUS_UPDATE_RETRY_INTERVAL_MIN_MS } from '../constants.ts';

/** How long to wait for an acknowledgement after a send; `before` is the wait that has just passed without one. */
export function nextRetryIntervalMs(before?: number): number {
  if (before === undefined) return STATUS_UPDATE_RETRY_INTERVAL_MIN_MS;
  return Math.min(before * 2, STATUS_UPDATE_RETRY_INTERVAL_MAX_MS);
}
