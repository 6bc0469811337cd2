import { Runtime } from '@mesos-ts/libprocess';
import test from 'ava';
import { mesosVersion, spawnDaemonProcesses } from '../src/index.ts';

async function get(runtime: Runtime, url: string): Promise<[number, string]> {
  const { body, status } = await runtime.inject({ url });
  return [status, body.toString()];
}

test('a daemon serves what every program of Mesos does, and lets nobody profile it', async (t) => {
  await using runtime = new Runtime();
  spawnDaemonProcesses(runtime, {}, {});
  for (const path of [
    '/metrics/snapshot',
    '/metrics/prometheus',
    '/system/stats.json',
    '/logging/toggle',
    '/__processes__',
  ]) {
    t.is((await get(runtime, path))[0], 200, path);
  }
  t.is((await get(runtime, '/profiler/start'))[0], 400);
  t.is((await get(runtime, '/memory-profiler/state'))[0], 404);
  t.regex((await get(runtime, '/metrics/prometheus'))[1], /^mesos_libprocess_actors 7$/m);
});

test('/version tells the version of Mesos and when the program was compiled', async (t) => {
  await using runtime = new Runtime();
  spawnDaemonProcesses(runtime, {}, {});
  const version = JSON.parse((await get(runtime, '/version'))[1]) as Record<string, unknown>;
  t.is(version['version'], mesosVersion);
  t.regex(mesosVersion, /^\d+\.\d+\.\d+$/);
  t.true((version['build_time'] as number) > 0);
  t.is(Date.parse(`${String(version['build_date'])}Z`), Math.floor(version['build_time'] as number) * 1000);
});

test("the profilers are for those who ask for them in libprocess's variables", async (t) => {
  await using runtime = new Runtime();
  spawnDaemonProcesses(runtime, {}, { LIBPROCESS_ENABLE_PROFILER: '1', LIBPROCESS_MEMORY_PROFILING: 'true' });
  t.deepEqual(await get(runtime, '/profiler/stop'), [400, 'Profiler not running.\n']);
  t.is((await get(runtime, '/memory-profiler/state'))[0], 200);
});
