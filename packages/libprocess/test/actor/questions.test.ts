import test from 'ava';
import { MemoryNetwork, PID, Process, Runtime, deferred } from '../../src/index.ts';
import { TestClock, dropMessage } from '../../src/testing/index.ts';
import { codeOf } from '../support/promises.ts';
import type { HandlerResult, ProcessError, QuestionOptions, RuntimeOptions } from '../../src/index.ts';

function number(body: unknown): number {
  if (typeof body !== 'number') throw new TypeError('not a number');
  return body;
}

/** Answers in every way that there is. */
class Oracle extends Process {
  readonly lines: string[] = [];
  gate = deferred<string>();

  protected override initialize(): HandlerResult {
    this.installAsk('double', (_from, body) => body * 2, number);
    this.installAsk('later', async (_from, body) => {
      const { signal } = this;
      this.lines.push(`${String(body)} begins`);
      signal.addEventListener('abort', () =>
        this.lines.push(`${String(body)} stops: ${(signal.reason as ProcessError).code}`),
      );
      const answer = await this.gate.promise;
      this.lines.push(`${String(body)} ends`);
      return answer;
    });
    this.installAsk('fail', () => {
      throw new Error('the stars are wrong');
    });
    // Nothing that could be sent.
    this.installAsk('reveal', () => Symbol('secret'));
    this.installAsk('note', (_from, body) => {
      this.lines.push(String(body));
    });
    // As an actor answers that knows nothing of asks.
    this.install('ping', (from, body) => {
      this.send(from, 'noise');
      this.send(from, 'pong', body);
    });
    this.install('mute', () => undefined);
  }
}

class Asker extends Process {
  readonly got: unknown[] = [];
  put(to: PID, name: string, body: unknown): Promise<unknown> {
    return this.runtime.ask(to, name, body, { signal: this.lifetime });
  }
  inOrder(to: PID): Promise<unknown> {
    this.send(to, 'note', 1);
    const answer = this.runtime.ask(to, 'note', 2);
    this.send(to, 'note', 3);
    return answer;
  }
}

interface World {
  readonly clock: TestClock;
  readonly runtime: Runtime;
  readonly there: Runtime;
  readonly oracle: Oracle;
  readonly pid: PID<Oracle>;
  readonly ask: <T>(name: string, body?: unknown, options?: QuestionOptions<T>) => Promise<T>;
  /** Names that are in use on either side, of those that were not there at the beginning. */
  readonly leftOver: () => string[];
  readonly end: () => Promise<void>;
}

async function world(where: string, options: RuntimeOptions = {}): Promise<World> {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const runtime = await new Runtime({ clock, transport: network.transport(), ...options }).start();
  const other = await new Runtime({ clock, transport: network.transport(), ...options }).start();
  const there = where === 'local' ? runtime : other;
  const oracle = new Oracle('oracle');
  const pid = there.spawn(oracle);
  return {
    clock,
    runtime,
    there,
    oracle,
    pid,
    ask: (name, body, asked) => runtime.ask(pid, name, body, asked),
    leftOver: () =>
      [runtime, other].flatMap((one) => one.actors().map((actor) => actor.pid.id)).filter((id) => id.startsWith('__')),
    end: async () => {
      await Promise.all([runtime.close(), other.close()]);
    },
  };
}

for (const where of ['local', 'remote']) {
  test(`${where}: an ask is answered by what the handler returns, at once or later, and leaves nothing behind`, async (t) => {
    const { ask, clock, oracle, leftOver, end } = await world(where);
    t.is(await ask('double', 21), 42);
    const later = ask('later', 'a');
    await clock.settle();
    oracle.gate.resolve('answer');
    t.is(await later, 'answer');
    t.is(await ask('note', 'x'), undefined);
    t.deepEqual(await Promise.all([1, 2, 3].map((value) => ask('double', value))), [2, 4, 6]);
    await clock.settle();
    t.deepEqual([leftOver(), clock.timers], [[], 0]);
    await end();
  });

  test(`${where}: an ask is answered by any message that is sent back, or by that of one name`, async (t) => {
    const { ask, clock, runtime, leftOver, end } = await world(where);
    t.is(await ask('ping', 5), undefined);
    t.is(await ask('ping', 5, { reply: 'pong' }), 5);
    t.is(await ask('ping', 5, { reply: 'pong', check: (body) => number(body) + 1 }), 6);
    t.is(await codeOf(ask('ping', 'x', { reply: 'pong', check: number })), 'ANSWER_INVALID');
    await clock.settle();
    t.deepEqual(leftOver(), []);
    t.is(runtime.metrics.counter('libprocess/messages_unhandled').value, 3);
    await end();
  });

  test(`${where}: an ask that cannot be answered is refused at once, with the reason`, async (t) => {
    const { ask, clock, runtime, pid, oracle, there, leftOver, end } = await world(where);
    const refused = await t.throwsAsync<ProcessError>(ask('fail'));
    t.is(refused.code, 'ASK_FAILED');
    t.regex(refused.message, /the stars are wrong/);
    t.is(await codeOf(ask('double', 'x')), 'ASK_REFUSED');
    t.is(await codeOf(ask('unheard of')), 'ASK_REFUSED');
    t.is(await codeOf(runtime.ask(new PID('nobody', pid.address), 'double', 1)), 'PROCESS_TERMINATED');
    t.true(there.has('oracle'));
    const running = codeOf(ask('later', 'a'));
    await clock.settle();
    there.terminate(pid);
    t.is(await running, 'PROCESS_TERMINATED');
    t.is(await codeOf(ask('double', 1)), 'PROCESS_TERMINATED');
    oracle.gate.resolve('too late');
    await clock.settle();
    t.deepEqual(leftOver(), []);
    await end();
  });

  test(`${where}: an ask that is discarded while it runs aborts the signal of its handler`, async (t) => {
    const { ask, clock, oracle, leftOver, end } = await world(where);
    const caller = new AbortController();
    const [timed, aborted] = [
      codeOf(ask('later', 'timed', { timeoutMs: 10 })),
      codeOf(ask('later', 'aborted', { signal: caller.signal })),
    ];
    await clock.advance(10);
    t.is(await timed, 'ASK_TIMEOUT');
    await clock.settle();
    t.deepEqual(oracle.lines, ['timed begins', 'aborted begins', 'timed stops: ASK_DISCARDED']);
    caller.abort('gone');
    t.is(await aborted, 'gone');
    await clock.settle();
    oracle.gate.resolve('in vain');
    await clock.settle();
    t.deepEqual(oracle.lines.slice(3), ['aborted stops: ASK_DISCARDED', 'timed ends', 'aborted ends']);
    t.deepEqual([leftOver(), clock.timers], [[], 0]);
    await end();
  });

  test(`${where}: an ask that is discarded before it begins is dropped from the mailbox`, async (t) => {
    const clock = new TestClock();
    const network = new MemoryNetwork();
    const limits = { mailboxMax: 300 };
    await using here = await new Runtime({ clock, transport: network.transport(), limits }).start();
    await using other = await new Runtime({ clock, transport: network.transport(), limits }).start();
    const there = where === 'local' ? here : other;
    const gate = deferred<void>();
    class Slow extends Oracle {
      protected override initialize(): HandlerResult {
        void super.initialize();
        return gate.promise;
      }
    }
    const slow = new Slow('slow');
    const pid = there.spawn(slow);
    for (let round = 0; round < 5; round++) {
      const caller = new AbortController();
      const calls = Array.from({ length: 200 }, () =>
        codeOf(here.ask(pid, 'note', 'never', { signal: caller.signal })),
      );
      await clock.settle();
      caller.abort('gone');
      t.deepEqual(new Set(await Promise.all(calls)), new Set(['gone']));
      await clock.settle();
    }
    const kept = [1, 2, 3].map((value) => here.ask(pid, 'double', value));
    await clock.settle();
    gate.resolve();
    t.deepEqual(await Promise.all(kept), [2, 4, 6]);
    t.deepEqual(slow.lines, []);
    t.is(there.metrics.counter('libprocess/mailbox_overflows').value, 0);
  });

  test(`${where}: an ask keeps its place among what an actor sends`, async (t) => {
    const { clock, runtime, pid, oracle, end } = await world(where);
    await runtime.dispatch(runtime.spawn(new Asker()), 'inOrder', [pid]);
    await clock.settle();
    t.deepEqual(oracle.lines, ['1', '2', '3']);
    await end();
  });

  test(`${where}: an ask ends with the actor that has asked, where it gives its lifetime`, async (t) => {
    const { clock, runtime, pid, oracle, leftOver, end } = await world(where);
    const asker = runtime.spawn(new Asker());
    const call = codeOf(runtime.dispatch(asker, 'put', [pid, 'later', 'a']));
    await clock.settle();
    runtime.terminate(asker);
    t.is(await call, 'PROCESS_TERMINATED');
    await clock.settle();
    t.deepEqual(oracle.lines, ['a begins', 'a stops: ASK_DISCARDED']);
    t.deepEqual(leftOver(), []);
    await end();
  });

  test(`${where}: a message that is lost leaves its ask to the caller's patience`, async (t) => {
    const { ask, clock, there, leftOver, end } = await world(where);
    void dropMessage(there, 'double');
    const lost = codeOf(ask('double', 1, { timeoutMs: 1_000 }));
    const mute = codeOf(ask('mute', 1, { timeoutMs: 1_000 }));
    await clock.advance(1_000);
    t.deepEqual([await lost, await mute], ['ASK_TIMEOUT', 'ASK_TIMEOUT']);
    t.is(await ask('double', 2), 4);
    await clock.settle();
    t.deepEqual(leftOver(), []);
    await end();
  });

  test(`${where}: asks end with their runtime`, async (t) => {
    const { ask, clock, runtime, end } = await world(where);
    const call = codeOf(ask('later', 'a'));
    await clock.settle();
    const closed = runtime.close();
    t.is(await call, 'PROCESS_TERMINATED');
    await closed;
    t.is(await codeOf(ask('double', 1)), 'RUNTIME_CLOSED');
    await end();
  });

  test(`${where}: what cannot be sent is refused, and an overloaded actor says so`, async (t) => {
    const { ask, clock, end } = await world(where, { copyLocalMessages: true, limits: { mailboxMax: 2 } });
    t.is(await codeOf(ask('double', () => 1)), 'ASK_REFUSED');
    t.is(await codeOf(ask('double', Symbol('one'))), 'ASK_REFUSED');
    const unsendable = await t.throwsAsync<ProcessError>(ask('reveal'));
    t.is(unsendable.code, 'ASK_FAILED');
    t.regex(unsendable.message, /its answer cannot be sent: /);
    const calls = Array.from({ length: 5 }, (_, index) => codeOf(ask('double', index)));
    await clock.settle();
    const codes = await Promise.all(calls);
    t.true(codes.includes('MAILBOX_FULL'));
    t.true(codes.every((code) => code === 'MAILBOX_FULL' || code === 'no error'));
    await end();
  });

  test(`${where}: an ask that is passed on is answered by whoever handles it`, async (t) => {
    const { clock, runtime, there, pid, end } = await world(where);
    class Front extends Process {
      protected override initialize(): void {
        this.delegate('double', pid);
      }
    }
    t.is(await runtime.ask(there.spawn(new Front('front')), 'double', 4), 8);
    await clock.settle();
    await end();
  });
}

test('a runtime that cannot be reached fails its asks', async (t) => {
  const { clock, runtime, end } = await world('local');
  t.is(await codeOf(runtime.ask(new PID('any', '10.9.9.9:5050'), 'double', 1)), 'PROCESS_TERMINATED');
  await clock.settle();
  await end();
});

test('nobody but who was asked can answer: the name of an ask cannot be guessed', async (t) => {
  const { ask, clock, runtime, end } = await world('remote');
  const call = ask('later', 'a', { timeoutMs: 10 });
  const names = runtime.actors().map((actor) => actor.pid.id);
  t.is(names.length, 1);
  t.regex(names[0] ?? '', /^__ask__-[\w-]{21}$/);
  const code = codeOf(call);
  await clock.advance(10);
  t.is(await code, 'ASK_TIMEOUT');
  await end();
});

test('a refusal that is malformed is one all the same', async (t) => {
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  class Rude extends Process {
    protected override initialize(): void {
      this.install('ask', (from, body) => {
        this.send(from, '__refused__', body);
      });
    }
  }
  const pid = runtime.spawn(new Rude());
  for (const body of [undefined, 5, { code: 'PID_INVALID', text: 5 }, { code: {}, text: 'x'.repeat(10_000) }]) {
    const error = await t.throwsAsync<ProcessError>(runtime.ask(pid, 'ask', body));
    t.is(error.code, 'ASK_FAILED');
    t.true(error.message.length < 400);
  }
  t.is(await codeOf(runtime.ask(pid, 'ask', { code: 'MAILBOX_FULL', text: 'full' })), 'MAILBOX_FULL');
});

test('messages without a handler are delegated to another actor, as from their senders; a handler comes first', async (t) => {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  await using here = await new Runtime({ clock, transport: network.transport() }).start();
  await using there = await new Runtime({ clock, transport: network.transport() }).start();
  class Delegatee extends Process {
    readonly got: string[] = [];
    protected override initialize(): void {
      for (const name of ['one', 'two']) {
        this.install(name, (from, body) => {
          this.got.push(`${name} ${String(body)} from ${from.toString()}`);
        });
      }
    }
  }
  const delegatee = new Delegatee();
  const to = here.spawn(delegatee);
  const own: unknown[] = [];
  class Delegator extends Process {
    protected override initialize(): void {
      this.delegate('one', to);
      this.delegate('two', to);
      this.install('two', (_from, body) => {
        own.push(body);
      });
    }
    remote(): void {
      this.delegate('three', new PID('any', there.address));
    }
  }
  class Sender extends Process {
    emit(pid: PID, name: string, body: unknown): void {
      this.send(pid, name, body);
    }
  }
  const front = here.spawn(new Delegator());
  const sender = there.spawn(new Sender('sender'));
  there.tell(sender, 'emit', front, 'one', 1);
  there.tell(sender, 'emit', front, 'two', 2);
  there.tell(sender, 'emit', front, 'four', 4);
  await clock.settle();
  t.deepEqual(delegatee.got, [`one 1 from ${sender.toString()}`]);
  t.deepEqual(own, [2]);
  t.is(here.metrics.counter('libprocess/messages_unhandled').value, 1);
  t.is(await codeOf(here.dispatch(front, 'remote')), 'PID_REMOTE');
  here.terminate(to);
  await clock.settle();
  here.send(front, 'one', 5);
  await clock.settle();
  t.is(here.metrics.counter('libprocess/dead_letters').value, 1);
});

test('actors that delegate to each other in a circle do not do so for ever', async (t) => {
  const clock = new TestClock();
  await using runtime = new Runtime({ clock });
  class Front extends Process {
    pass(to: PID): void {
      this.delegate('hot potato', to);
    }
  }
  const [one, two] = [runtime.spawn(new Front()), runtime.spawn(new Front())];
  runtime.tell(one, 'pass', two);
  runtime.tell(two, 'pass', one);
  runtime.send(one, 'hot potato');
  await clock.settle();
  t.is(runtime.metrics.counter('libprocess/messages_unhandled').value, 1);
});

test('a serial actor that would wait for an answer of its own is refused', async (t) => {
  await using runtime = new Runtime({ clock: new TestClock() });
  class Serial extends Process {
    constructor() {
      super('serial', { serial: true });
    }
    own(): Promise<unknown> {
      return this.runtime.ask(this.self, 'any');
    }
  }
  t.is(await codeOf(runtime.dispatch(runtime.spawn(new Serial()), 'own')), 'SERIAL_DEADLOCK');
});
