import test from 'ava';
import { PID, Process, Runtime } from '../../src/index.ts';
import { ProcessesProcess } from '../../src/debug/index.ts';
import { TestClock } from '../../src/testing/index.ts';

/** An actor that is never ready, so that what comes to it stays in its mailbox. */
class Blocked extends Process {
  ping(): void {
    this.self.toString();
  }
  protected override initialize(): Promise<void> {
    this.route('/page', () => ({ status: 200 }));
    this.link(new PID('gone', '127.0.0.1:1'));
    this.delay(5, () => undefined);
    return new Promise(() => undefined);
  }
}

async function processes(
  runtime: Runtime,
): Promise<{ id: string; events: Record<string, unknown>[]; more?: number }[]> {
  const { body, headers, status } = await runtime.inject({ url: '/__processes__' });
  if (status !== 200 || headers['content-type'] !== 'application/json') throw new Error(`Answered ${status}`);
  return JSON.parse(body.toString()) as { id: string; events: Record<string, unknown>[] }[];
}

test('/__processes__ shows every actor with what waits in its mailbox, without waiting for any of them', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  runtime.spawn(new ProcessesProcess());
  const blocked = runtime.spawn(new Blocked('blocked'));
  await clock.advance(5);
  runtime.send(blocked, 'hello', { text: 'x', bytes: Buffer.alloc(3) });
  runtime.tell(blocked, 'ping');
  void runtime.dispatch(blocked, 'ping').catch(() => undefined);
  runtime.terminate(blocked, { inject: false });
  const shown = await processes(runtime);
  t.deepEqual(
    shown.map(({ id }) => id),
    ['__processes__', 'blocked'],
  );
  t.deepEqual(Object.keys(shown[1] ?? {}), ['events', 'id']);
  t.deepEqual(shown[1]?.events, [
    { pid: 'gone@127.0.0.1:1', type: 'EXITED' },
    { type: 'DISPATCH' },
    {
      body: { text: 'x', bytes: '<3 bytes>' },
      from: '@0.0.0.0:0',
      name: 'hello',
      to: 'blocked@0.0.0.0:0',
      type: 'MESSAGE',
    },
    { method: 'ping', type: 'DISPATCH' },
    { method: 'ping', type: 'DISPATCH' },
    { type: 'TERMINATE' },
  ]);
});

test('a request that waits for its actor is shown with its method and URL', async (t) => {
  const runtime = new Runtime();
  runtime.spawn(new ProcessesProcess());
  class Busy extends Process {
    protected override initialize(): void {
      this.route('/page', () => ({ status: 200 }));
    }
    async look(): Promise<unknown> {
      void runtime.inject({ method: 'POST', url: '/busy/page?a=b' });
      return (await processes(runtime)).find(({ id }) => id === 'busy')?.events;
    }
  }
  // Its mailbox is looked at in the turn of the actor that comes before it.
  const busy = runtime.spawn(new Busy('busy'));
  t.true(Array.isArray(await runtime.dispatch(busy, 'look')));
  await runtime.close();
});

test('of a long mailbox the oldest events are shown, and how many more there are; large bodies are clipped', async (t) => {
  const clock = new TestClock();
  const runtime = new Runtime({ clock });
  runtime.spawn(new ProcessesProcess());
  const blocked = runtime.spawn(new Blocked('blocked'));
  await clock.settle();
  for (let index = 0; index < 3000; index++) runtime.send(blocked, `m${index}`, 'y'.repeat(100_000));
  const { body } = await runtime.inject({ url: '/__processes__' });
  t.true(body.length < 200_000, `${body.length} bytes`);
  const shown = (JSON.parse(body.toString()) as { events: { name: string }[]; more?: number }[])[1];
  t.deepEqual([shown?.events.length, shown?.events[1]?.name, shown?.more], [100, 'm0', 2901]);
});
