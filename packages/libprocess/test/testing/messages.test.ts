import test from 'ava';
import { PID, Runtime } from '../../src/index.ts';
import { TestClock, dropMessage, dropMessages, expectMessage, expectNoMessage } from '../../src/testing/index.ts';
import { Collector } from '../support/actors.ts';

function start(): {
  clock: TestClock;
  runtime: Runtime;
  here: Collector;
  pid: PID;
  sender: PID<Collector>;
  other: PID<Collector>;
} {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const here = new Collector('here');
  const pid = runtime.spawn(here);
  return {
    clock,
    runtime,
    here,
    pid,
    sender: runtime.spawn(new Collector('sender')),
    other: runtime.spawn(new Collector('other')),
  };
}

test('expectMessage resolves to the body of the next message that fits, which is handled all the same', async (t) => {
  const { clock, runtime, here, pid, sender, other } = start();
  const [any, fromOther, byPid] = [
    expectMessage<number>(runtime, 'item'),
    expectMessage<number>(runtime, 'item', { from: 'other', to: pid }),
    expectMessage<number>(runtime, 'item', { from: sender, to: 'here' }),
  ];
  let wrong = false;
  void expectMessage(runtime, 'item', { to: new PID('here', '10.9.9.9:1') }).then(() => (wrong = true));
  void expectMessage(runtime, 'other').then(() => (wrong = true));
  runtime.tell(other, 'emit', pid, 1, 1);
  runtime.tell(sender, 'emit', pid, 2, 2);
  await clock.settle();
  t.deepEqual([await any, await fromOther, await byPid], [2, 1, 2]);
  t.deepEqual(here.bodies(), [2, 3, 1]);
  t.false(wrong);
});

test('dropMessage loses one message, dropMessages all until it is told to stop', async (t) => {
  const { clock, runtime, here, pid, sender } = start();
  const dropped = dropMessage<number>(runtime, 'item', { from: 'sender' });
  runtime.tell(sender, 'emit', pid, 1, 2);
  await clock.settle();
  t.is(await dropped, 1);
  t.deepEqual(here.bodies(), [2]);
  const stop = dropMessages(runtime, 'item', { to: pid });
  runtime.tell(sender, 'emit', pid, 3, 2);
  await clock.settle();
  t.is(stop(), 2);
  runtime.tell(sender, 'emit', pid, 5, 1);
  await clock.settle();
  t.deepEqual(here.bodies(), [2, 5]);
});

test('expectNoMessage throws at the end when there was one, and says between whom', async (t) => {
  const { clock, runtime, pid, sender } = start();
  const [never, fromOther] = [expectNoMessage(runtime, 'item'), expectNoMessage(runtime, 'item', { from: 'other' })];
  runtime.tell(sender, 'emit', pid, 1, 1);
  await clock.settle();
  t.notThrows(fromOther);
  t.regex(t.throws(never).message, /no message 'item', got 1: from sender@0\.0\.0\.0:0 to here@0\.0\.0\.0:0/);
});
