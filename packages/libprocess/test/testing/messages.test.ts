import test from 'ava';
import { PID, Runtime } from '../../src/index.ts';
import {
  TestClock,
  dropDispatch,
  dropDispatches,
  dropExited,
  dropMessage,
  dropMessages,
  expectDispatch,
  expectExited,
  expectMessage,
  expectNoDispatch,
  expectNoExited,
  expectNoMessage,
  simulate,
} from '../../src/testing/index.ts';
import { Collector, Watcher } from '../support/actors.ts';

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

test('calls of a method are expected, dropped and forbidden by name and receiver, dispatched or told', async (t) => {
  const { clock, runtime, here, pid, sender, other } = start();
  const arguments_ = expectDispatch<[PID, number, number]>(runtime, 'emit', { to: 'other' });
  const [none, someSent] = [expectNoDispatch(runtime, 'none'), expectNoDispatch(runtime, 'emit', { to: sender })];
  const dropped = dropDispatch(runtime, 'emit', { to: sender });
  const first = runtime.dispatch(sender, 'emit', [pid, 1, 1]);
  runtime.tell(sender, 'emit', pid, 2, 1);
  runtime.tell(other, 'emit', pid, 3, 1);
  await t.throwsAsync(first, { code: 'EVENT_FILTERED' });
  await clock.settle();
  t.deepEqual((await dropped).slice(1), [1, 1]);
  t.deepEqual((await arguments_).slice(1), [3, 1]);
  t.deepEqual(here.bodies(), [2, 3]);
  t.notThrows(none);
  t.regex(t.throws(someSent).message, /no dispatch of 'emit', got 2: to sender@/);
  const stop = dropDispatches(runtime, 'emit');
  runtime.tell(sender, 'emit', pid, 4, 1);
  runtime.tell(other, 'emit', pid, 4, 1);
  await clock.settle();
  t.is(stop(), 2);
  t.deepEqual(here.bodies(), [2, 3]);
});

test('news of an end are expected, dropped and forbidden by whose end it is and who hears of it', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const [one, two] = [new Watcher('one'), new Watcher('two')];
  const [first, second] = [runtime.spawn(one), runtime.spawn(two)];
  const target = runtime.spawn(new Collector('target'));
  for (const watching of [first, second]) runtime.tell(watching, 'watch', target);
  const [toOne, toTwo] = [expectExited(runtime, { to: 'one' }), dropExited(runtime, { of: target, to: second })];
  const [never, some] = [expectNoExited(runtime, { of: 'another' }), expectNoExited(runtime, { of: 'target' })];
  await clock.settle();
  runtime.terminate(target);
  await clock.settle();
  t.deepEqual(await toOne, { pid: target, reason: { type: 'terminated' } });
  t.is((await toTwo).pid, target);
  t.deepEqual([one.gone.items, two.gone.items], [[target.toString()], []]);
  t.notThrows(never);
  t.regex(t.throws(some).message, /no exited, got 2: of target@.* to one@/);
  runtime.tell(second, 'watch', target);
  await clock.settle();
  t.deepEqual(two.gone.items, [target.toString()]);
});

test('what is looked at or dropped on a simulation is so on all its nodes, in all their lives', async (t) => {
  await simulate(1, async (simulation) => {
    const target = new PID('target', '10.0.0.1:5050');
    const server = await simulation.node('server', ({ runtime }) => {
      const collector = new Collector('target');
      runtime.spawn(collector);
      return collector;
    });
    const client = await simulation.node('client', ({ runtime }) => runtime.spawn(new Collector('sender')));
    const emit = (first: number): void => {
      client.runtime.tell(client.value, 'emit', target, first, 1);
    };
    const emitted = expectDispatch(simulation, 'emit');
    const dropped = dropMessage(simulation, 'item', { from: client.value });
    emit(1);
    t.is(await dropped, 1);
    t.is((await emitted)[1], 1);
    server.crash({ power: false });
    await server.restart();
    await simulation.settle();
    const stop = dropMessages(simulation, 'item', { to: 'target' });
    emit(2);
    await simulation.settle();
    t.is(stop(), 1);
    emit(3);
    t.is(await expectMessage(simulation, 'item', { to: target }), 3);
    await simulation.settle();
    t.deepEqual(server.value.bodies(), [3]);
  });
});
