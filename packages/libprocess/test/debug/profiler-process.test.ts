import test from 'ava';
import { Runtime } from '../../src/index.ts';
import { ProfilerProcess } from '../../src/debug/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import type { ProfilerOptions } from '../../src/debug/index.ts';

function profiling(options?: ProfilerOptions): { clock: TestClock; runtime: Runtime } {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  runtime.spawn(new ProfilerProcess(options));
  return { clock, runtime };
}

async function ask(runtime: Runtime, path: string): Promise<[number, string]> {
  const { body, status } = await runtime.inject({ url: `/profiler/${path}` });
  return [status, body.toString()];
}

interface Profile {
  readonly nodes: readonly { readonly callFrame: { readonly functionName: string } }[];
  readonly startTime: number;
  readonly endTime: number;
}

test('who may not profile is told how it is allowed', async (t) => {
  const { runtime } = profiling();
  for (const path of ['start', 'stop']) {
    const [status, text] = await ask(runtime, path);
    t.is(status, 400);
    t.regex(text, /LIBPROCESS_ENABLE_PROFILER=1/);
  }
  await runtime.close();
});

function burnProcessorTime(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) sum += Math.sqrt(round);
  return sum;
}

test('a profile has what ran between start and stop, and only one runs at a time', async (t) => {
  const { runtime } = profiling({ enabled: true });
  t.deepEqual(await ask(runtime, 'stop'), [400, 'Profiler not running.\n']);
  const both = await Promise.all([ask(runtime, 'start'), ask(runtime, 'start')]);
  t.deepEqual(both, [
    [200, 'Profiler started.\n'],
    [400, 'Profiler already started.\n'],
  ]);
  t.true(burnProcessorTime(3e7) > 0);
  const { body, headers, status } = await runtime.inject({ url: '/profiler/stop' });
  t.is(status, 200);
  t.regex(headers['content-disposition'] ?? '', /^attachment; filename="\d+\.cpuprofile"$/);
  const profile = JSON.parse(body.toString()) as Profile;
  t.true(profile.endTime > profile.startTime);
  t.true(profile.nodes.some(({ callFrame }) => callFrame.functionName === 'burnProcessorTime'));
  t.deepEqual(await ask(runtime, 'stop'), [400, 'Profiler not running.\n']);
  await runtime.close();
});

test('a profile ends by itself after its duration, and waits to be fetched until the next one begins', async (t) => {
  const { clock, runtime } = profiling({ enabled: true });
  t.deepEqual(await ask(runtime, 'start?duration=30secs'), [200, 'Profiler started.\n']);
  await clock.advance(29_999);
  t.is((await ask(runtime, 'start'))[0], 400);
  await clock.advance(1);
  t.is((await ask(runtime, 'start'))[0], 200);
  await ask(runtime, 'stop');
  await ask(runtime, 'start?duration=1ms');
  await clock.advance(1);
  t.is((await ask(runtime, 'stop'))[0], 200);
  await runtime.close();
});

test('a duration that is none, or too long for the memory that it would take, is refused', async (t) => {
  const { runtime } = profiling({ enabled: true });
  t.deepEqual(await ask(runtime, 'start?duration=soon'), [
    400,
    "Could not parse parameter 'duration': Failed to convert '' to number.\n",
  ]);
  t.deepEqual(await ask(runtime, 'start?duration=11mins'), [
    400,
    "Duration '11mins' must be between 1ms and 10mins.\n",
  ]);
  t.is((await ask(runtime, 'start?duration=10mins'))[0], 200);
  await runtime.close();
});

test('a runtime that closes while it is profiled ends the profile', async (t) => {
  const { runtime } = profiling({ enabled: true });
  await ask(runtime, 'start');
  await runtime.close();
  t.false(runtime.has('profiler'));
});
