import test from 'ava';
import { ProcessError, Runtime } from '../../src/index.ts';
import { execute, listProcesses } from '../../src/subprocess/index.ts';
import { TestClock, eventually } from '../../src/testing/index.ts';
import { hasProc } from './support.ts';

const linuxTest = hasProc ? test : test.skip;

test('a command is run to its end; what it wrote and how it ended is the answer', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const executed = execute(runtime, 'cat; echo err >&2; exit 2', { input: { text: 'out' } });
  await clock.settle();
  t.like(await executed, { status: { code: 2, signal: null }, dropped: 0 });
  t.is((await executed).stdout.toString(), 'out');
  t.is((await executed).stderr.toString(), 'err\n');
  const large = await execute(runtime, 'head -c 100000 /dev/zero', { captureBytesMax: 10 });
  t.deepEqual([large.stdout.length, large.dropped], [10, 99_990]);
  await runtime.close();
});

linuxTest('a command that takes too long is killed with all that came of it', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const executed = execute(runtime, 'sleep 4321 & sleep 4321', { timeoutMs: 5000, tracked: false });
  const refused = t.throwsAsync(executed, { instanceOf: ProcessError });
  await eventually(() => clock.timers > 0, 'it has begun');
  await clock.advance(5000);
  t.is((await refused)?.code, 'SUBPROCESS_TIMEOUT');
  t.is(clock.timers, 0);
  await runtime.close();
});

linuxTest('an aborted command is killed, and one that is aborted before is not started', async (t) => {
  const runtime = new Runtime();
  const reason = new Error('enough');
  const controller = new AbortController();
  const executed = execute(runtime, 'exec sleep 8765', { signal: controller.signal });
  const refused = t.throwsAsync(executed, { is: reason });
  await eventually(() => (listProcesses() ?? []).some(({ parentPid }) => parentPid === process.pid), 'it runs');
  controller.abort(reason);
  await refused;
  await t.throwsAsync(execute(runtime, 'exit 0', { signal: controller.signal }), { is: reason });
  await runtime.close();
});

test('a signal to all of a list never reaches the program that sends it, nor pid 1', async (t) => {
  await using runtime = new Runtime();
  const module = new URL('../../src/subprocess/index.js', import.meta.url).href;
  const script = `import { readProcess, signalAll } from '${module}';
    const found = [process.pid, 1].map((pid) => ({ ...readProcess(process.pid), pid, isZombie: false }));
    console.log(signalAll(() => found, 'SIGCONT'));`;
  // A program that stopped itself would not come to its end.
  const { status, stdout } = await execute(runtime, [process.execPath, '--input-type=module', '--eval', script], {
    timeoutMs: 30_000,
    tracked: false,
  });
  t.deepEqual([status.code, stdout.toString()], [0, '0\n']);
});
