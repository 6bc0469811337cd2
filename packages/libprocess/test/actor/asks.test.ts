import { getEventListeners } from 'node:events';
import test from 'ava';
import { Process, ProcessError, deferred, textResponse } from '../../src/index.ts';
import { codeOf } from '../support/promises.ts';
import { start } from '../support/virtual-time.ts';
import type { AskOptions, Event, HandlerResult, PID, Runtime } from '../../src/index.ts';

/** Works until it is told to stop, and keeps what happens. */
class Worker extends Process {
  readonly lines: unknown[] = [];
  readonly gate = deferred<string>();

  async work(label: string): Promise<string> {
    const { signal } = this;
    this.lines.push(`${label} begins`);
    signal.addEventListener('abort', () => {
      this.lines.push(`${label} stops: ${reasonOf(signal)}`);
    });
    const answer = await this.gate.promise;
    this.lines.push(`${label} ends${signal.aborted ? ' in vain' : ''}`);
    return answer;
  }

  note(line: unknown): void {
    this.lines.push(line);
  }

  deferred(work: () => unknown, options: AskOptions): () => Promise<unknown> {
    return this.defer(work, options);
  }

  async late(): Promise<unknown> {
    await Promise.resolve();
    return this.signal;
  }

  keep(): AbortSignal {
    return this.signal;
  }

  protected override initialize(): HandlerResult {
    this.route('/work', async () => textResponse(200, await this.work('http')));
  }
}

function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof ProcessError ? signal.reason.code : String(signal.reason);
}

function spawn(runtime: Runtime): { worker: Worker; pid: PID<Worker> } {
  const worker = new Worker('worker');
  return { worker, pid: runtime.spawn(worker) };
}

test('an ask that is not answered in time is rejected with ASK_TIMEOUT, one that is leaves no timer', async (t) => {
  const { clock, runtime } = start();
  const { worker, pid } = spawn(runtime);
  const call = codeOf(runtime.dispatch(pid, 'work', ['a'], { timeoutMs: 100 }));
  await clock.advance(99);
  t.deepEqual(worker.lines, ['a begins']);
  await clock.advance(1);
  t.is(await call, 'ASK_TIMEOUT');
  const inTime = runtime.dispatch(pid, 'work', ['b'], { timeoutMs: 100 });
  worker.gate.resolve('answer');
  t.is(await inTime, 'answer');
  t.is(clock.timers, 0);
});

test('a timeout that is no number is refused, as a promise', async (t) => {
  const { runtime } = start();
  const worker = runtime.spawn(new Worker());
  t.is(await codeOf(runtime.dispatch(worker, 'work', ['x'], { timeoutMs: Number.NaN })), 'INVARIANT');
  t.is(await codeOf(runtime.ask(worker, 'work', 'x', { timeoutMs: Number.NaN })), 'INVARIANT');
});

test('a discarded ask is discarded at the callee: the signal of the running handler aborts with the reason', async (t) => {
  const { clock, runtime } = start();
  const { worker, pid } = spawn(runtime);
  const [caller, other] = [new AbortController(), new AbortController()];
  const calls = [
    codeOf(runtime.dispatch(pid, 'work', ['timed'], { timeoutMs: 10 })),
    codeOf(runtime.dispatch(pid, 'work', ['aborted'], { signal: caller.signal })),
    codeOf(runtime.dispatch(pid, 'work', ['both'], { signal: other.signal, timeoutMs: 1_000 })),
    runtime.dispatch(pid, 'work', ['kept']),
  ];
  await clock.advance(10);
  caller.abort('no longer wanted');
  other.abort('no longer wanted');
  await clock.settle();
  worker.gate.resolve('answer');
  t.deepEqual(await Promise.all(calls), ['ASK_TIMEOUT', 'no longer wanted', 'no longer wanted', 'answer']);
  t.deepEqual(worker.lines, [
    ...['timed', 'aborted', 'both', 'kept'].map((label) => `${label} begins`),
    'timed stops: ASK_TIMEOUT',
    'aborted stops: no longer wanted',
    'both stops: no longer wanted',
    'timed ends in vain',
    'aborted ends in vain',
    'both ends in vain',
    'kept ends',
  ]);
  t.is(clock.timers, 0);
});

test('a discarded ask that has not begun is not begun, by a visit of its own neither', async (t) => {
  class Visited extends Worker {
    protected override visit(event: Event): HandlerResult {
      if (event.type === 'dispatch') this.lines.push('visited');
      return super.visit(event);
    }
  }
  for (const worker of [new Worker(), new Visited()]) {
    const { clock, runtime } = start();
    const pid = runtime.spawn(worker);
    await clock.settle();
    const caller = new AbortController();
    const call = codeOf(runtime.dispatch(pid, 'note', ['never'], { signal: caller.signal }));
    caller.abort('gone');
    t.is(await call, 'gone');
    await clock.settle();
    t.deepEqual(worker.lines, []);
  }
});

test('discarded asks are dropped from the mailbox, and leave room for others', async (t) => {
  const { clock, runtime } = start({ limits: { mailboxMax: 1_000 } });
  const gate = deferred<void>();
  class Slow extends Worker {
    protected override initialize(): HandlerResult {
      return gate.promise;
    }
  }
  const slow = new Slow();
  const pid = runtime.spawn(slow);
  await clock.settle();
  for (let round = 0; round < 10; round++) {
    const caller = new AbortController();
    const calls = Array.from({ length: 900 }, () =>
      codeOf(runtime.dispatch(pid, 'note', ['never'], { signal: caller.signal })),
    );
    caller.abort('gone');
    t.deepEqual(new Set(await Promise.all(calls)), new Set(['gone']));
  }
  for (const line of [1, 2, 3]) runtime.tell(pid, 'note', line);
  gate.resolve();
  await clock.settle();
  t.deepEqual(slow.lines, [1, 2, 3]);
  t.is(runtime.metrics.counter('libprocess/mailbox_overflows').value, 0);
});

test('the signal aborts when the actor ends, and does nothing more once the call is answered', async (t) => {
  const { clock, runtime } = start();
  const { worker, pid } = spawn(runtime);
  const caller = new AbortController();
  const answered = await runtime.dispatch(pid, 'keep', [], { signal: caller.signal });
  const call = codeOf(runtime.dispatch(pid, 'work', ['running']));
  runtime.tell(pid, 'work', 'told');
  await clock.settle();
  caller.abort('too late');
  t.false(answered.aborted);
  runtime.terminate(pid);
  t.is(await call, 'PROCESS_TERMINATED');
  t.deepEqual(worker.lines, [
    'running begins',
    'told begins',
    'running stops: PROCESS_TERMINATED',
    'told stops: PROCESS_TERMINATED',
  ]);
  t.false(answered.aborted);
});

test('the signal of an HTTP request aborts when its client leaves', async (t) => {
  const { clock, runtime } = start();
  const { worker, pid } = spawn(runtime);
  const client = new AbortController();
  runtime.filter((_to, event) => {
    if (event.type === 'http') Object.defineProperty(event.request, 'signal', { value: client.signal });
    return false;
  });
  const answer = runtime.inject({ url: '/worker/work' });
  await clock.settle();
  client.abort('left');
  worker.gate.resolve('page');
  t.is((await answer).body.toString(), 'page');
  t.deepEqual(worker.lines, ['http begins', 'http stops: left', 'http ends in vain']);
  t.true(runtime.has(pid.id));
});

test('the signal must be read before the first await of a handler', async (t) => {
  const { clock, runtime } = start();
  const { worker, pid } = spawn(runtime);
  t.is(await codeOf(runtime.dispatch(pid, 'late')), 'NO_CURRENT_EVENT');
  await clock.settle();
  t.is(t.throws<ProcessError>(() => worker.keep()).code, 'NO_CURRENT_EVENT');
});

test('an override of visit that answers later hears when the caller gives up', async (t) => {
  const { clock, runtime } = start();
  class Proxy extends Worker {
    protected override visit(event: Event): HandlerResult {
      if (event.type !== 'dispatch') return super.visit(event);
      const { signal } = this;
      signal.addEventListener('abort', () => this.lines.push(`discarded: ${reasonOf(signal)}`));
      if (event.args[0] === 'answer') event.resolve('answered');
      return undefined;
    }
  }
  const proxy = new Proxy();
  const pid = runtime.spawn(proxy);
  const caller = new AbortController();
  t.is(await runtime.dispatch(pid, 'work', ['answer'], { signal: caller.signal }), 'answered');
  const call = codeOf(runtime.dispatch(pid, 'work', ['wait'], { signal: caller.signal }));
  await clock.settle();
  caller.abort('gone');
  t.is(await call, 'gone');
  t.deepEqual(proxy.lines, ['discarded: gone']);
});

test('deferred work has a caller that may give up, too', async (t) => {
  const { clock, runtime } = start();
  const { worker, pid } = spawn(runtime);
  await clock.settle();
  const never = new Promise(() => undefined);
  const call = codeOf(worker.deferred(() => never, { timeoutMs: 10 })());
  await clock.advance(10);
  t.is(await call, 'ASK_TIMEOUT');
  t.true(runtime.has(pid.id));
});

test('thousands of asks may share one signal, with one listener on it for each side', async (t) => {
  const warnings: Error[] = [];
  const warned = (warning: Error): void => {
    warnings.push(warning);
  };
  process.on('warning', warned);
  const { clock, runtime } = start();
  const { pid } = spawn(runtime);
  const caller = new AbortController();
  const calls = Array.from({ length: 5_000 }, (_, index) =>
    codeOf(runtime.dispatch(pid, 'work', [String(index)], { signal: caller.signal })),
  );
  await clock.settle();
  t.is(getEventListeners(caller.signal, 'abort').length, 1);
  caller.abort('all');
  t.deepEqual(new Set(await Promise.all(calls)), new Set(['all']));
  t.is(getEventListeners(caller.signal, 'abort').length, 0);
  // Warnings are emitted in a later turn.
  await clock.settle();
  process.off('warning', warned);
  t.deepEqual(warnings, []);
});
