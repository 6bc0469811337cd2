import test from 'ava';
import { systemProcessesOf } from '../../src/debug/index.ts';

test('nothing is enabled or limited unless the environment asks for it', (t) => {
  t.deepEqual(systemProcessesOf({ LIBPROCESS_METRICS_SNAPSHOT_ENDPOINT_RATE_LIMIT: '' }), {
    memoryProfiler: undefined,
    metrics: { rate: undefined },
    profiler: { enabled: false },
  });
});

test("libprocess's variables enable the profilers and limit the rate of snapshots", (t) => {
  const options = systemProcessesOf({
    LIBPROCESS_ENABLE_PROFILER: '1',
    LIBPROCESS_MEMORY_PROFILING: 'true',
    LIBPROCESS_METRICS_SNAPSHOT_ENDPOINT_RATE_LIMIT: '2/1secs',
  });
  t.deepEqual(options, {
    memoryProfiler: {},
    metrics: { rate: { requests: 2, intervalMs: 1000 } },
    profiler: { enabled: true },
  });
});

test('a rate that is none is an error that names the variable', (t) => {
  for (const rate of ['2', '0/1secs', '2/1', 'x/1secs', '2/1secs/3', '-1/1secs', '2/0secs']) {
    t.throws(() => systemProcessesOf({ LIBPROCESS_METRICS_SNAPSHOT_ENDPOINT_RATE_LIMIT: rate }), {
      code: 'METRIC_INVALID',
      message: /LIBPROCESS_METRICS_SNAPSHOT_ENDPOINT_RATE_LIMIT/,
    });
  }
});
