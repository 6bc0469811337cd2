import test from 'ava';
import { Runtime } from '../../src/index.ts';
import { MemoryProfilerProcess } from '../../src/debug/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import type { MemoryProfilerOptions } from '../../src/debug/index.ts';

function profiling(options?: MemoryProfilerOptions): { clock: TestClock; runtime: Runtime } {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  runtime.spawn(new MemoryProfilerProcess(options));
  return { clock, runtime };
}

async function ask(runtime: Runtime, path: string): Promise<[number, string]> {
  const { body, status } = await runtime.inject({ url: `/memory-profiler/${path}` });
  return [status, body.toString()];
}

async function json<T>(runtime: Runtime, path: string): Promise<T> {
  const [status, text] = await ask(runtime, path);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
  return JSON.parse(text) as T;
}

interface Started {
  readonly id: number;
  readonly message: string;
  readonly remaining_seconds: string;
}

interface State {
  readonly memory_profiler: {
    readonly current_run: { readonly id: number | null; readonly remaining_seconds?: number };
  };
}

function hoard(count: number): unknown[] {
  const kept: unknown[] = [];
  for (let index = 0; index < count; index++) kept.push({ index });
  return kept;
}

test.serial('a heap profile is begun, ended, and downloaded raw, as a table and as a picture', async (t) => {
  const { clock, runtime } = profiling();
  const started = await json<Started>(runtime, 'start?duration=90secs');
  t.is(started.remaining_seconds, '90');
  await clock.advance(30_000);
  const again = await json<Started>(runtime, 'start');
  t.regex(again.message, /^Heap profiling is already active\./);
  t.deepEqual([again.id, again.remaining_seconds], [started.id, '60']);
  const state = await json<State>(runtime, 'state');
  t.deepEqual(state.memory_profiler.current_run, { id: started.id, remaining_seconds: 60 });

  const kept = hoard(200_000);
  const stopped = await json<Record<string, string>>(runtime, 'stop');
  t.is(kept.length, 200_000);
  t.deepEqual(
    [stopped['id'], stopped['url_raw_profile'], stopped['url_symbolized_profile'], stopped['url_graph_profile']],
    [
      String(started.id),
      ...['raw', 'text', 'graph'].map((format) => `/memory-profiler/download/${format}?id=${started.id}`),
    ],
  );
  const raw = await json<{ head: { callFrame: unknown; children: unknown[] } }>(
    runtime,
    `download/raw?id=${started.id}`,
  );
  t.true(raw.head.children.length > 0);
  const [, table] = await ask(runtime, 'download/text');
  t.regex(table, /^Total: \d+ bytes\n *\d+ +\d+\.\d% /);
  t.regex(table, /hoard/);
  const [, picture] = await ask(runtime, 'download/graph');
  t.regex(picture, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
  t.regex(picture, /<title>hoard file:\/\/.*bytes<\/title>/);
  await runtime.close();
});

test.serial('a heap profile ends by itself after its duration, and is kept until the next one has ended', async (t) => {
  const { clock, runtime } = profiling();
  t.deepEqual(await ask(runtime, 'download/raw'), [400, 'Cannot access raw profile: Not yet generated.\n']);
  const { id } = await json<Started>(runtime, 'start?duration=1secs');
  await clock.advance(1000);
  const state = await json<State>(runtime, 'state');
  t.deepEqual(state.memory_profiler.current_run, { id, remaining_seconds: 0 });
  const next = await json<Started>(runtime, 'start');
  t.deepEqual([next.id, next.remaining_seconds], [id + 1, '300'], 'five minutes unless asked for');
  await json(runtime, 'stop');
  const { id: third } = await json<Started>(runtime, 'start');
  t.is(third, id + 2, 'also within one second');
  const [status] = await ask(runtime, 'download/raw');
  t.is(status, 400, 'it must be said which one is meant');
  t.is((await ask(runtime, `download/raw?id=${next.id}`))[0], 200);
  t.deepEqual(await ask(runtime, `download/raw?id=${third}`), [400, `Cannot serve requested id #${third}.\n`]);
  await runtime.close();
});

test.serial('what cannot be is refused: durations, ids, ending what never began', async (t) => {
  const { runtime } = profiling();
  for (const [path, text] of [
    ['start?duration=500ms', "Duration '500ms' must be between 1secs and 1days.\n"],
    ['start?duration=2days', "Duration '2days' must be between 1secs and 1days.\n"],
    ['start?duration=x', "Could not parse parameter 'duration': Failed to convert '' to number.\n"],
    ['stop', 'Heap profiling was not started.\n'],
    ['download/raw?id=1x', "Invalid parameter 'id': not a number.\n"],
  ] as const) {
    t.deepEqual(await ask(runtime, path), [400, text]);
  }
  await runtime.close();
});

test.serial('the statistics tell of the heap, its spaces and the process', async (t) => {
  const { runtime } = profiling();
  const statistics = await json<{
    heap: { used_heap_size: number };
    heap_spaces: { space_name: string }[];
    process: { rss: number };
  }>(runtime, 'statistics');
  t.true(statistics.heap.used_heap_size > 0);
  t.true(statistics.heap_spaces.some(({ space_name: name }) => name === 'old_space'));
  t.true(statistics.process.rss > statistics.heap.used_heap_size);
  await runtime.close();
});

test.serial('a heap snapshot has the objects of the heap, and is not taken of a heap that is too large', async (t) => {
  const { runtime } = profiling();
  class QuiteUnmistakable {
    readonly field = 1;
  }
  const kept = new QuiteUnmistakable();
  const { body, headers, status } = await runtime.inject({ url: '/memory-profiler/download/snapshot' });
  t.is(status, 200);
  t.is(kept.field, 1);
  t.regex(headers['content-disposition'] ?? '', /\.heapsnapshot"$/);
  const { strings } = JSON.parse(body.toString()) as { strings: string[] };
  t.true(strings.includes('QuiteUnmistakable'));
  const state = await json<{ v8: { snapshot_active: boolean } }>(runtime, 'state');
  t.false(state.v8.snapshot_active);
  t.is((await runtime.inject({ method: 'HEAD', url: '/memory-profiler/download/snapshot' })).status, 200);
  await runtime.close();

  const small = profiling({ snapshotHeapBytesMax: 1000 }).runtime;
  t.regex((await ask(small, 'download/snapshot'))[1], /more than the 1000 that may be written/);
  await small.close();
});

test.serial('a profile that another runtime of this thread has ended is told to be lost', async (t) => {
  const [first, second] = [profiling().runtime, profiling().runtime];
  await json(first, 'start');
  await json(second, 'start');
  await json(second, 'stop');
  const [status, text] = await ask(first, 'stop');
  t.is(status, 409);
  t.regex(text, /^The heap profile is lost: /);
  t.is((await ask(first, 'start'))[0], 200);
  await first.close();
  await second.close();
});
