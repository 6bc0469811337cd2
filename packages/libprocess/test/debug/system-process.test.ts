import test from 'ava';
import { BasicAuthenticator, Runtime, SystemClock } from '../../src/index.ts';
import { SystemProcess, spawnSystemProcesses } from '../../src/debug/index.ts';
import { TestClock, eventually } from '../../src/testing/index.ts';

test('/system/stats.json tells of this machine in the fields of Mesos, and so do the metrics', async (t) => {
  await using runtime = new Runtime();
  runtime.spawn(new SystemProcess());
  const { body } = await runtime.inject({ url: '/system/stats.json' });
  const stats = JSON.parse(body.toString()) as Record<string, number>;
  t.deepEqual(Object.keys(stats), [
    'avg_load_15min',
    'avg_load_1min',
    'avg_load_5min',
    'cpus_total',
    'mem_free_bytes',
    'mem_total_bytes',
  ]);
  t.true(Object.values(stats).every((value) => Number.isFinite(value) && value >= 0));
  t.true((stats['mem_free_bytes'] ?? 0) < (stats['mem_total_bytes'] ?? 0));
  const names = Object.keys(runtime.metrics.snapshot()).filter((name) => name.startsWith('system/'));
  t.deepEqual(names, [
    'system/cpus_total',
    'system/load_15min',
    'system/load_1min',
    'system/load_5min',
    'system/mem_free_bytes',
    'system/mem_total_bytes',
  ]);
  t.is((await runtime.inject({ url: '/system/stats' })).status, 404);
  t.regex((await runtime.inject({ url: '/system/stats.json?jsonp=f' })).body.toString(), /^f\(/);
});

test('a busy event loop is seen in the metric of its lag, with percentiles', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  runtime.spawn(new SystemProcess());
  await clock.settle();
  const lag = (suffix = ''): number | undefined => runtime.metrics.snapshot()[`libprocess/event_loop_lag_ms${suffix}`];
  t.is(lag(), undefined, 'it begins with the first look');
  await eventually(() => lag('/count') !== undefined, 'the event loop gives signs of life');
  const real = new SystemClock();
  const untilMs = real.monotonic() + 150;
  while (real.monotonic() < untilMs);
  await eventually(() => (lag('/max') ?? 0) >= 100, 'the lag is seen');
  t.true((lag('/p50') ?? -1) >= 0);
  t.true((lag('/p9999') ?? 0) >= 100);
  const before = lag('/count') ?? 0;
  await clock.advance(60_000);
  await eventually(() => (lag('/count') ?? 0) < before, 'what is older than the window is forgotten');
  await runtime.close();
  t.is(lag(), undefined);
});

test('the actors of every program are spawned by one call, which leaves those that are there', async (t) => {
  const runtime = new Runtime();
  spawnSystemProcesses(runtime, { version: () => ({ version: '1.2.3' }), memoryProfiler: {} });
  spawnSystemProcesses(runtime);
  t.deepEqual(
    runtime.actors().map(({ pid }) => pid.id),
    ['help', 'metrics', 'logging', 'profiler', 'memory-profiler', 'system', 'version', '__processes__'],
  );
  const { body } = await runtime.inject({ url: '/version' });
  t.is(body.toString(), '{"version":"1.2.3"}');
  await runtime.close();
  const other = new Runtime();
  spawnSystemProcesses(other);
  t.deepEqual([other.has('version'), other.has('memory-profiler')], [false, false]);
  await other.close();
});

test('endpoints are in the realms that they are put into, and have a page of help', async (t) => {
  const runtime = new Runtime();
  spawnSystemProcesses(runtime, { readonlyRealm: 'readonly', readwriteRealm: 'readwrite', memoryProfiler: {} });
  for (const realm of ['readonly', 'readwrite']) {
    runtime.http.setAuthenticator(realm, new BasicAuthenticator(realm, { someone: 'secret' }));
  }
  const guarded = {
    readonly: ['/metrics/snapshot', '/metrics/prometheus', '/__processes__'],
    readwrite: ['/logging/toggle', '/profiler/start', '/memory-profiler/state', '/memory-profiler/download/snapshot'],
  };
  for (const [realm, paths] of Object.entries(guarded)) {
    for (const url of paths) {
      const { headers, status } = await runtime.inject({ url });
      t.is(status, 401, url);
      t.regex(headers['www-authenticate'] ?? '', new RegExp(`realm="${realm}"`), url);
    }
  }
  const authorization = `Basic ${Buffer.from('someone:secret').toString('base64')}`;
  t.is((await runtime.inject({ url: '/logging/toggle', headers: { authorization } })).status, 200);
  t.is((await runtime.inject({ url: '/system/stats.json' })).status, 200, 'nobody is asked, as in libprocess');
  const help = await runtime.inject({ url: '/help?format=json' });
  const { processes } = JSON.parse(help.body.toString()) as { processes: { id: string }[] };
  t.deepEqual(
    processes.map(({ id }) => id),
    ['logging', 'memory-profiler', 'metrics', 'profiler', 'system'],
  );
  await runtime.close();
});
