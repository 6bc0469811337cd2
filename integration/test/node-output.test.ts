import test from 'ava';
import { NodeOutput } from '../src/node-output.ts';

test('waiting ends at once for what was printed before, and as soon as it is printed for what comes later', async (t) => {
  const output = new NodeOutput();
  output.append('registered with mas');
  const registered = output.waitFor(/registered with (\w+)$/m, 60_000);
  t.is((await registered)[1], 'mas');
  const ready = output.waitFor(/ready on (\d+)\n/, 60_000);
  output.append('ter\nready on ');
  output.append('5050\n');
  t.is((await ready)[1], '5050');
});

test('waiting fails when the output ends, or when time is over', async (t) => {
  const output = new NodeOutput();
  await t.throwsAsync(output.waitFor(/never/, 1), { message: 'Nothing like /never/ was printed within 1 ms' });
  const waiting = output.waitFor(/never/, 60_000);
  output.end('all there is');
  await t.throwsAsync(waiting, { message: 'The output ended without anything like /never/' });
  t.is(output.text, 'all there is');
});

test('the tail is the last lines, and old output is dropped', (t) => {
  const output = new NodeOutput();
  output.append('one\ntwo\nthree\n');
  t.is(output.tail(2), 'two\nthree');
  for (let index = 0; index < 10; index += 1) output.append('x'.repeat(1024 * 1024));
  t.is(output.text.length, 4 * 1024 * 1024);
  t.notRegex(output.text, /one/);
});
