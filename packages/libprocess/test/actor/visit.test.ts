import test from 'ava';
import { PID, Process, deferred, textResponse } from '../../src/index.ts';
import { Watcher } from '../support/actors.ts';
import { codeOf } from '../support/promises.ts';
import { start } from '../support/virtual-time.ts';
import type { EndReason, Event, HandlerResult, Runtime } from '../../src/index.ts';
import type { TestClock } from '../../src/testing/index.ts';

/** Does some of everything, and keeps what it does. */
class Worker extends Process {
  readonly lines: unknown[] = [];
  add(left: number, right: number): number {
    this.lines.push('add');
    return left + right;
  }
  watch(pid: PID): void {
    this.link(pid);
  }
  fail(): void {
    throw new Error('no');
  }
  protected override initialize(): HandlerResult {
    this.install('item', (_from, body) => {
      this.lines.push(body);
    });
    this.route('/page', () => textResponse(200, 'page'));
    this.delay(10, () => {
      this.lines.push('timer');
    });
  }
  protected override exited(_pid: PID, reason: unknown): void {
    this.lines.push(reason);
  }
  protected override finalize(reason: EndReason): HandlerResult {
    this.lines.push(reason);
  }
}

/** Sees every event and hands it on. */
class Observer extends Worker {
  readonly seen: string[] = [];
  protected override visit(event: Event): HandlerResult {
    this.seen.push(event.type);
    return super.visit(event);
  }
}

async function exercise(runtime: Runtime, clock: TestClock, worker: Worker): Promise<unknown[]> {
  const pid = runtime.spawn(worker, { id: 'worker' });
  runtime.send(pid, 'item', 1);
  const sum = runtime.dispatch(pid, 'add', [1, 2]);
  const page = runtime.inject({ url: '/worker/page' });
  runtime.tell(pid, 'watch', new PID('nobody', runtime.address));
  await clock.advance(10);
  runtime.terminate(pid, { inject: false });
  await clock.settle();
  return [await sum, (await page).status];
}

test('visit sees each of the five kinds of events: message, dispatch, HTTP, exited and terminate', async (t) => {
  const { clock, runtime } = start();
  const observer = new Observer();
  t.deepEqual(await exercise(runtime, clock, observer), [3, 200]);
  // Calls without an answer and timers are dispatches in libprocess.
  t.deepEqual(
    observer.seen.toSorted(),
    ['dispatch', 'exited', 'http', 'message', 'tell', 'terminate', 'timer'].toSorted(),
  );
});

test('super.visit handles an event exactly as an actor without a visit of its own does', async (t) => {
  const { clock, runtime } = start();
  const [plain, observed] = [new Worker(), new Observer()];
  t.deepEqual(await exercise(runtime, clock, plain), await exercise(runtime, clock, observed));
  t.deepEqual(plain.lines, observed.lines);
  t.deepEqual(plain.lines, [1, 'add', { type: 'gone' }, 'timer', { type: 'terminated' }]);
});

/** Sends every call and message for it to another actor, and its answer back. */
class Proxy extends Process {
  readonly #target: PID<Worker>;
  constructor(target: PID<Worker>) {
    super('proxy');
    this.#target = target;
  }
  protected override visit(event: Event): HandlerResult {
    if (event.type === 'message') {
      this.send(this.#target, event.name, event.body);
    } else if (event.type === 'tell') {
      this.runtime.tell(this.#target, event.method as 'fail');
    } else if (event.type === 'dispatch') {
      this.runtime
        .dispatch(this.#target, event.method as 'add', event.args as [number, number])
        .then(event.resolve, event.reject);
    } else {
      return super.visit(event);
    }
    return undefined;
  }
}

test('an actor that forwards every call to another is as good as the other, for callers', async (t) => {
  const { clock, runtime } = start();
  const worker = new Worker('worker');
  const target = runtime.spawn(worker);
  const proxy = runtime.spawn(new Proxy(target)) as PID as PID<Worker>;
  t.is(await runtime.dispatch(proxy, 'add', [20, 22]), 42);
  runtime.send(proxy, 'item', 'forwarded');
  await clock.settle();
  t.deepEqual(worker.lines, ['add', 'forwarded']);
  runtime.tell(proxy, 'fail');
  await clock.settle();
  t.false(runtime.has('worker'));
  t.is(await codeOf(runtime.dispatch(proxy, 'add', [1, 2])), 'PROCESS_TERMINATED');
  t.true(runtime.has('proxy'));
});

test('an event that visit does not hand on is handled by nobody else, and its caller is refused when the actor ends', async (t) => {
  const { clock, runtime } = start();
  class Deaf extends Worker {
    protected override visit(event: Event): HandlerResult {
      return event.type === 'terminate' ? super.visit(event) : undefined;
    }
  }
  const deaf = new Deaf('deaf');
  const pid = runtime.spawn(deaf);
  const [call, page] = [codeOf(runtime.dispatch(pid, 'add', [1, 2])), runtime.inject({ url: '/deaf/page' })];
  runtime.send(pid, 'item', 1);
  runtime.tell(pid, 'fail');
  await clock.advance(10);
  t.deepEqual(deaf.lines, []);
  runtime.terminate(pid);
  t.is(await call, 'PROCESS_TERMINATED');
  t.is((await page).status, 503);
  t.deepEqual(deaf.lines, [{ type: 'terminated' }]);
});

test('an actor whose visit keeps the end to itself ends without finalize, after the promise of visit', async (t) => {
  const { clock, runtime } = start();
  const gate = deferred<void>();
  class Stubborn extends Worker {
    protected override visit(event: Event): HandlerResult {
      return event.type === 'terminate' ? gate.promise : super.visit(event);
    }
  }
  const stubborn = new Stubborn('s');
  const pid = runtime.spawn(stubborn);
  runtime.terminate(pid);
  await clock.settle();
  t.true(runtime.has('s'));
  gate.resolve();
  await clock.settle();
  t.false(runtime.has('s'));
  t.deepEqual(stubborn.lines, []);
});

for (const isAsync of [false, true]) {
  test(`an exception in ${isAsync ? 'an async' : 'a'} visit ends the actor, and its callers are refused`, async (t) => {
    const { clock, runtime } = start();
    class Faulty extends Worker {
      protected override visit(event: Event): HandlerResult {
        if (event.type !== 'dispatch') return super.visit(event);
        if (isAsync) return Promise.reject(new Error('visit'));
        throw new Error('visit');
      }
    }
    const faulty = new Faulty('f');
    const pid = runtime.spawn(faulty);
    t.is(await codeOf(runtime.dispatch(pid, 'add', [1, 2])), 'PROCESS_TERMINATED');
    await clock.settle();
    t.deepEqual(faulty.lines, [{ type: 'failed', handler: 'visit', error: new Error('visit') }]);
  });
}

test('super.visit may come later, and does nothing more when the actor has ended by then', async (t) => {
  const { clock, runtime } = start();
  const gate = deferred<void>();
  class Late extends Worker {
    protected override async visit(event: Event): Promise<void> {
      if (event.type === 'message') await gate.promise;
      await super.visit(event);
    }
  }
  const late = new Late('l');
  const pid = runtime.spawn(late);
  runtime.send(pid, 'item', 'late');
  t.is(await runtime.dispatch(pid, 'add', [1, 1]), 2);
  runtime.terminate(pid);
  await clock.settle();
  gate.resolve();
  await clock.settle();
  t.deepEqual(late.lines, ['add', { type: 'terminated' }]);
  t.is(runtime.metrics.counter('libprocess/dead_letters').value, 1);
});

test('what was unlinked does not reach visit, and what it handles itself is not heard of again', async (t) => {
  const { clock, runtime } = start();
  class Linker extends Observer {
    unwatch(pid: PID): void {
      this.unlink(pid);
    }
  }
  const linker = new Linker();
  const pid = runtime.spawn(linker);
  const nobody = new PID('nobody', runtime.address);
  runtime.tell(pid, 'watch', nobody);
  runtime.tell(pid, 'unwatch', nobody);
  await clock.settle();
  t.deepEqual(linker.seen, ['tell', 'tell']);
  runtime.tell(pid, 'watch', nobody);
  await clock.settle();
  t.deepEqual(linker.lines, [{ type: 'gone' }]);
});

test('finalize is told why the actor ends: terminated, failed with the error, or because the runtime closes', async (t) => {
  const { clock, runtime } = start();
  const [terminated, failed, closing] = [new Worker('t'), new Worker('f'), new Worker('c')];
  runtime.terminate(runtime.spawn(terminated));
  runtime.tell(runtime.spawn(failed), 'fail');
  runtime.spawn(closing);
  await clock.settle();
  await runtime.close();
  t.deepEqual(terminated.lines, [{ type: 'terminated' }]);
  t.deepEqual(failed.lines, [{ type: 'failed', handler: 'fail', error: new Error('no') }]);
  t.deepEqual(closing.lines, [{ type: 'closing' }]);
});

test('exited is told why a local actor has ended, with the very error it failed with', async (t) => {
  const { clock, runtime } = start();
  const worker = new Worker('w');
  const watching = runtime.spawn(worker);
  const [ends, fails] = [runtime.spawn(new Watcher('ends')), runtime.spawn(new Worker('fails'))];
  for (const pid of [ends, fails]) runtime.tell(watching, 'watch', pid);
  await clock.settle();
  runtime.terminate(ends);
  await clock.settle();
  runtime.tell(fails, 'fail');
  await clock.settle();
  t.deepEqual(worker.lines, [{ type: 'terminated' }, { type: 'failed', handler: 'fail', error: new Error('no') }]);
});

test('a handler that fails after its actor has ended is logged and not counted as a failed actor', async (t) => {
  const { clock, runtime } = start();
  const gate = deferred<void>();
  class Slow extends Process {
    work(): Promise<void> {
      return gate.promise;
    }
  }
  const pid = runtime.spawn(new Slow());
  runtime.tell(pid, 'work');
  await clock.settle();
  runtime.terminate(pid);
  await clock.settle();
  gate.reject(new Error('too late'));
  await clock.settle();
  t.is(runtime.metrics.counter('libprocess/actors_failed').value, 0);
});
