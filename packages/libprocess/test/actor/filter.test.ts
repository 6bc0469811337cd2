import test from 'ava';
import { PID, Process, ProcessError, Runtime, textResponse } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';

class Target extends Process {
  readonly lines: unknown[] = [];
  note(line: unknown): void {
    this.lines.push(line);
  }
  watch(pid: PID): void {
    this.link(pid);
  }
  protected override initialize(): void {
    this.install('item', (_from, body) => {
      this.lines.push(body);
    });
    this.route('/page', () => textResponse(200, 'page'));
  }
  protected override exited(): void {
    this.lines.push('exited');
  }
}

function start(): { clock: TestClock; runtime: Runtime; target: Target; pid: PID<Target> } {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  const target = new Target('target');
  return { clock, runtime, target, pid: runtime.spawn(target) };
}

test('a filter may drop messages, calls, requests and exits before they are handled, but never the end', async (t) => {
  const { clock, runtime, target, pid } = start();
  const seen: string[] = [];
  const remove = runtime.filter((to, event) => {
    seen.push(`${event.type} to ${to.id}`);
    return true;
  });
  runtime.send(pid, 'item', 1);
  runtime.tell(pid, 'note', 2);
  const call = runtime.dispatch(pid, 'note', [3]);
  const refused = t.throwsAsync(call, { instanceOf: ProcessError, message: /filter/ });
  const page = runtime.inject({ url: '/target/page' });
  await clock.settle();
  t.is((await refused).code, 'EVENT_FILTERED');
  t.is((await page).status, 503);
  t.deepEqual(target.lines, []);
  remove();
  runtime.tell(pid, 'watch', new PID('nobody', runtime.address));
  const again = runtime.filter((_to, event) => event.type === 'exited');
  await clock.settle();
  t.deepEqual(target.lines, []);
  t.is(runtime.metrics.counter('libprocess/events_filtered').value, 5);
  again();
  runtime.filter(() => true);
  runtime.terminate(pid);
  await clock.settle();
  t.false(runtime.has('target'));
  t.deepEqual(
    seen.toSorted(),
    ['dispatch', 'http', 'message', 'tell'].map((type) => `${type} to target`),
  );
});

test('each of several filters sees every event, and any of them may drop it', async (t) => {
  const { clock, runtime, target, pid } = start();
  const seen: unknown[] = [];
  runtime.filter((_to, event) => event.type === 'message' && event.body === 'bad');
  runtime.filter((_to, event) => {
    if (event.type === 'message') seen.push(event.body);
    return false;
  });
  for (const body of ['good', 'bad', 'good']) runtime.send(pid, 'item', body);
  await clock.settle();
  t.deepEqual(seen, ['good', 'bad', 'good']);
  t.deepEqual(target.lines, ['good', 'good']);
});

test('a filter that throws drops the event and harms nobody', async (t) => {
  const { clock, runtime, target, pid } = start();
  const remove = runtime.filter(() => {
    throw new Error('no judgement');
  });
  runtime.send(pid, 'item', 1);
  await clock.settle();
  remove();
  runtime.send(pid, 'item', 2);
  await clock.settle();
  t.deepEqual(target.lines, [2]);
});

test('an exit that a filter has dropped leaves the actor free to link again', async (t) => {
  const { clock, runtime, target, pid } = start();
  const nobody = new PID('nobody', runtime.address);
  const remove = runtime.filter((_to, event) => event.type === 'exited');
  runtime.tell(pid, 'watch', nobody);
  await clock.settle();
  remove();
  runtime.tell(pid, 'watch', nobody);
  await clock.settle();
  t.deepEqual(target.lines, ['exited']);
});
