import test from 'ava';
import { Runtime, streamLogger } from '../../src/index.ts';
import { LoggingProcess } from '../../src/debug/index.ts';
import { TestClock } from '../../src/testing/index.ts';

function logging(): { clock: TestClock; lines: string[]; runtime: Runtime } {
  const clock = new TestClock();
  const lines: string[] = [];
  const logger = streamLogger({ write: (line) => lines.push(line), now: () => clock.now(), component: 'test' });
  const runtime = new Runtime({ clock, logger });
  runtime.spawn(new LoggingProcess());
  return { clock, lines, runtime };
}

const silent = (): void => undefined;

async function ask(runtime: Runtime, query: string): Promise<[number, string]> {
  const { body, status } = await runtime.inject({ url: `/logging/toggle${query}` });
  return [status, body.toString()];
}

const answers = [
  ['', 200, '0\n'],
  ['?level=1', 400, "Expecting 'duration=value' in query.\n"],
  ['?duration=1secs', 400, "Expecting 'level=value' in query.\n"],
  ['?level=abc&duration=1secs', 400, "Failed to convert 'abc' to number.\n"],
  ['?level=1.5&duration=1secs', 400, "Failed to convert '1.5' to number.\n"],
  ['?level=99999999999&duration=1secs', 400, "Failed to convert '99999999999' to number.\n"],
  ['?level=-1&duration=1secs', 400, "Invalid level '-1'.\n"],
  ['?level=1&duration=never', 400, "Failed to convert '' to number.\n"],
  ['?level=0x1&duration=500ms', 200, ''],
] as const;

for (const [query, status, body] of answers) {
  test(`/logging/toggle${query} is answered with ${status}, as by Mesos`, async (t) => {
    const { runtime } = logging();
    t.deepEqual(await ask(runtime, query), [status, body]);
    await runtime.close();
  });
}

test('debug messages are logged while the level is raised, and no longer', async (t) => {
  const { clock, lines, runtime } = logging();
  runtime.logger.debug('before');
  await ask(runtime, '?level=1&duration=10secs');
  t.deepEqual(await ask(runtime, ''), [200, '1\n']);
  await clock.advance(9999);
  runtime.logger.debug('raised');
  await clock.advance(1);
  runtime.logger.debug('after');
  t.deepEqual(await ask(runtime, ''), [200, '0\n']);
  t.deepEqual(
    lines.map((line) => line.slice(line.indexOf(']') + 2).trimEnd()),
    ['Verbosity of the log is 1, was 0', 'raised', 'Verbosity of the log is 0, was 1'],
  );
  await runtime.close();
});

test('a level that is set again lasts as long as was asked for last, and ends with its actor', async (t) => {
  const { clock, runtime } = logging();
  await ask(runtime, '?level=2&duration=10secs');
  await clock.advance(5000);
  await ask(runtime, '?level=3&duration=10secs');
  await clock.advance(9000);
  t.is(runtime.logger.verbosity?.level, 3);
  await runtime.close();
  t.is(runtime.logger.verbosity?.level, 0);
});

test('a level below that of the start is refused', async (t) => {
  const { runtime } = logging();
  const { verbosity } = runtime.logger;
  if (verbosity !== undefined) verbosity.level = 2;
  t.deepEqual(await ask(runtime, '?level=1&duration=1secs'), [400, "'1' < original level.\n"]);
  await runtime.close();
});

test('a logger that cannot be raised is told to be one', async (t) => {
  const runtime = new Runtime({ logger: { debug: silent, info: silent, warn: silent, error: silent } });
  runtime.spawn(new LoggingProcess());
  t.deepEqual(await ask(runtime, ''), [200, '0\n']);
  t.is((await ask(runtime, '?level=1&duration=1secs'))[0], 501);
  await runtime.close();
});
