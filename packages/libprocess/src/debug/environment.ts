import { parseDuration } from '@mesos-ts/flags';
import { ProcessError } from '../errors.ts';
import type { RequestRate } from '../metrics/metrics-process.ts';
import type { SystemProcessesOptions } from './spawn-system-processes.ts';

const rateVariable = 'LIBPROCESS_METRICS_SNAPSHOT_ENDPOINT_RATE_LIMIT';

/**
 * What the environment asks of `spawnSystemProcesses`, in libprocess's variables: `LIBPROCESS_ENABLE_PROFILER=1`,
 * `LIBPROCESS_MEMORY_PROFILING=true`, `LIBPROCESS_METRICS_SNAPSHOT_ENDPOINT_RATE_LIMIT=2/1secs` (not set or empty: no limit, where
 * libprocess has two a second unless it is set). Throws `METRIC_INVALID` for a rate that is none.
 */
export function systemProcessesOf(env: Readonly<Record<string, string | undefined>>): SystemProcessesOptions {
  const isProfiled = env['LIBPROCESS_MEMORY_PROFILING'] === 'true' || env['LIBPROCESS_MEMORY_PROFILING'] === '1';
  return {
    metrics: { rate: readRate(env[rateVariable] ?? '') },
    profiler: { enabled: env['LIBPROCESS_ENABLE_PROFILER'] === '1' },
    memoryProfiler: isProfiled ? {} : undefined,
  };
}

function readRate(text: string): RequestRate | undefined {
  if (text === '') return undefined;
  const [count = '', interval = '', ...rest] = text.split('/');
  const requests = /^\d+$/.test(count) ? Number(count) : 0;
  const intervalMs = parseDuration(interval).value;
  if (requests === 0 || intervalMs === undefined || intervalMs === 0 || rest.length > 0) {
    throw new ProcessError('METRIC_INVALID', `Expected ${rateVariable} to be like '2/1secs', got '${text}'`);
  }
  return { requests, intervalMs };
}
