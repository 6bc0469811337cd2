import type { TimeInfo } from '@mesos-ts/protocol';

/** Wall-clock milliseconds as a message tells them. */
export function timeInfo(ms: number): TimeInfo {
  return { nanoseconds: Math.round(ms * 1e6) };
}
