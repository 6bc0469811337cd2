import test from 'ava';
import { PID, Process, deferred, textResponse } from '../../src/index.ts';
import { codeOf } from '../support/promises.ts';
import { start } from '../support/virtual-time.ts';
import type { Deferred, Event, HandlerResult } from '../../src/index.ts';
import type { TestClock } from '../../src/testing/index.ts';

/** Takes as long over everything as its gates are shut. */
class Clerk extends Process {
  readonly lines: string[] = [];
  readonly gates: Deferred<void>[] = [];

  constructor(serial: boolean) {
    super('clerk', { serial });
  }

  async take(what: string): Promise<string> {
    this.lines.push(`${what} begins`);
    const gate = deferred<void>();
    this.gates.push(gate);
    await gate.promise;
    this.lines.push(`${what} ends`);
    return what;
  }

  takeSerially(what: string): Promise<string> {
    return this.serially(() => this.take(what));
  }

  note(what: string): void {
    this.lines.push(what);
  }

  watch(pid: PID): void {
    this.link(pid);
  }

  async twice(): Promise<boolean> {
    const { signal } = this;
    await Promise.resolve();
    return this.signal === signal;
  }

  ask(): Promise<string> {
    const self: PID<Clerk> = this.self;
    return this.runtime.dispatch(self, 'take', ['own']);
  }

  remind(): void {
    this.delay(5, () => this.take('timer').then(() => undefined));
  }

  /** Lets everything go on, and whatever that lets begin. */
  async open(clock: TestClock): Promise<void> {
    await clock.settle();
    while (this.gates.length > 0) {
      this.gates.shift()?.resolve();
      await clock.settle();
    }
  }

  protected override initialize(): HandlerResult {
    this.install('item', (_from, body) => this.take(String(body)).then(() => undefined));
    this.route('/page', async () => textResponse(200, await this.take('http')));
  }

  protected override exited(): Promise<void> {
    return this.take('exited').then(() => undefined);
  }

  protected override finalize(): void {
    this.lines.push('finalize');
  }
}

test('an async handler of a serial actor runs to its end before the next event, of whatever kind they are', async (t) => {
  const { clock, runtime } = start();
  const clerk = new Clerk(true);
  const pid = runtime.spawn(clerk);
  runtime.tell(pid, 'watch', new PID('nobody', runtime.address));
  const call = runtime.dispatch(pid, 'take', ['dispatch']);
  runtime.tell(pid, 'take', 'tell');
  runtime.send(pid, 'item', 'message');
  const page = runtime.inject({ url: '/clerk/page' });
  runtime.tell(pid, 'remind');
  await clerk.open(clock);
  await clock.advance(5);
  await clerk.open(clock);
  t.is(await call, 'dispatch');
  t.is((await page).status, 200);
  const kinds = ['dispatch', 'tell', 'message', 'exited', 'http', 'timer'];
  t.deepEqual(clerk.lines.toSorted(), kinds.flatMap((kind) => [`${kind} begins`, `${kind} ends`]).toSorted());
  for (const [index, line] of clerk.lines.entries()) {
    if (index % 2 === 1) t.is(line, `${clerk.lines[index - 1]?.split(' ')[0]} ends`);
  }
});

test('other actors let the next event begin at an await', async (t) => {
  const { clock, runtime } = start();
  const clerk = new Clerk(false);
  const pid = runtime.spawn(clerk);
  for (const what of ['one', 'two']) runtime.tell(pid, 'take', what);
  await clerk.open(clock);
  t.deepEqual(clerk.lines, ['one begins', 'two begins', 'one ends', 'two ends']);
});

test('a single handler may run serially in an actor that is not serial', async (t) => {
  const { clock, runtime } = start();
  const clerk = new Clerk(false);
  const pid = runtime.spawn(clerk);
  runtime.tell(pid, 'take', 'before');
  const call = runtime.dispatch(pid, 'takeSerially', ['serial']);
  runtime.tell(pid, 'note', 'after');
  await clock.settle();
  t.deepEqual(clerk.lines, ['before begins', 'serial begins']);
  clerk.gates.shift()?.resolve();
  await clock.settle();
  t.deepEqual(clerk.lines, ['before begins', 'serial begins', 'before ends']);
  await clerk.open(clock);
  t.is(await call, 'serial');
  t.deepEqual(clerk.lines.slice(3), ['serial ends', 'after']);
});

test('a handler of a serial actor that fails ends it, or refuses its caller, and holds up nobody', async (t) => {
  const { clock, runtime } = start();
  const clerk = new Clerk(true);
  const pid = runtime.spawn(clerk);
  const call = codeOf(runtime.dispatch(pid, 'take', ['dispatch']));
  runtime.tell(pid, 'take', 'tell');
  runtime.tell(pid, 'note', 'never');
  await clock.settle();
  clerk.gates.shift()?.reject('no');
  t.is(await call, 'no');
  await clock.settle();
  clerk.gates.shift()?.reject('no');
  await clock.settle();
  t.deepEqual(clerk.lines, ['dispatch begins', 'tell begins', 'finalize']);
  t.false(runtime.has('clerk'));
});

test('a serial actor with a visit of its own waits for the promise of visit', async (t) => {
  const { clock, runtime } = start();
  class Visited extends Clerk {
    protected override async visit(event: Event): Promise<void> {
      this.lines.push('visit');
      await super.visit(event);
      this.lines.push('visited');
    }
  }
  const clerk = new Visited(true);
  const pid = runtime.spawn(clerk);
  for (const what of ['one', 'two']) runtime.tell(pid, 'take', what);
  await clerk.open(clock);
  t.deepEqual(
    clerk.lines,
    ['one', 'two'].flatMap((what) => ['visit', `${what} begins`, `${what} ends`, 'visited']),
  );
});

test('terminate waits for the handler of a serial actor and overtakes what waits behind it; the signals abort at once', async (t) => {
  const { clock, runtime } = start();
  class Attentive extends Clerk {
    heed(): Promise<string> {
      this.signal.addEventListener('abort', () => {
        this.lines.push('told');
        this.gates.shift()?.resolve();
      });
      return this.take('heed');
    }
  }
  const clerk = new Attentive(true);
  const pid = runtime.spawn(clerk);
  const call = runtime.dispatch(pid, 'heed');
  runtime.tell(pid, 'note', 'never');
  await clock.settle();
  runtime.terminate(pid);
  runtime.terminate(pid);
  t.is(await call, 'heed');
  await clock.settle();
  t.deepEqual(clerk.lines, ['heed begins', 'told', 'heed ends', 'finalize']);
  t.is(clock.timers, 0);
  t.is(runtime.metrics.counter('libprocess/ends_forced').value, 0);
});

test('a handler of a serial actor that never ends does not keep the actor from ending for longer than the bound', async (t) => {
  const { clock, runtime } = start({ limits: { endTimeoutMs: 1_000 } });
  const clerk = new Clerk(true);
  const pid = runtime.spawn(clerk);
  const call = codeOf(runtime.dispatch(pid, 'take', ['for ever']));
  await clock.settle();
  runtime.terminate(pid);
  await clock.advance(999);
  t.true(runtime.has('clerk'));
  await clock.advance(1);
  t.is(await call, 'PROCESS_TERMINATED');
  t.deepEqual(clerk.lines, ['for ever begins', 'finalize']);
  t.is(runtime.metrics.counter('libprocess/ends_forced').value, 1);
  clerk.gates.shift()?.resolve();
  await clock.settle();
  t.is(clock.timers, 0);
});

test('a handler of a serial actor that asks for the end and never ends is ended after the bound', async (t) => {
  const { clock, runtime } = start({ limits: { endTimeoutMs: 1_000 } });
  class Leaving extends Clerk {
    leave(): Promise<string> {
      this.terminate();
      return this.take('leave');
    }
  }
  const clerk = new Leaving(true);
  runtime.tell(runtime.spawn(clerk), 'leave');
  await clock.advance(1_000);
  t.deepEqual(clerk.lines, ['leave begins', 'finalize']);
  t.is(clock.timers, 0);
});

test('the signal of a serial actor can be read throughout its handler', async (t) => {
  const { runtime } = start();
  const pid = runtime.spawn(new Clerk(true));
  t.true(await runtime.dispatch(pid, 'twice'));
});

test('a serial actor that would wait for itself is refused with SERIAL_DEADLOCK, one that is not waits for its next turn', async (t) => {
  const { clock, runtime } = start();
  t.is(await codeOf(runtime.dispatch(runtime.spawn(new Clerk(true)), 'ask')), 'SERIAL_DEADLOCK');
  t.is(await codeOf(runtime.dispatch(runtime.spawn(new Clerk(true), { id: 'other' }), 'note', ['x'])), 'no error');
  const clerk = new Clerk(false);
  const call = runtime.dispatch(runtime.spawn(clerk, { id: 'third' }), 'ask');
  await clerk.open(clock);
  t.is(await call, 'own');
});
