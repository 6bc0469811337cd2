import test from 'ava';
import { MemoryNetwork, Process, Runtime } from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Collector } from '../support/actors.ts';
import { startNode } from '../support/nodes.ts';
import { outcome } from '../support/promises.ts';
import { StallingTransport } from '../support/stalling-transport.ts';
import type { PID } from '../../src/index.ts';

/** Says something long in the end. */
class Parting extends Process {
  readonly #to: PID;
  readonly #words: number;

  constructor(to: PID, words: number) {
    super();
    this.#to = to;
    this.#words = words;
  }

  protected override finalize(): void {
    for (let index = 0; index < this.#words; index++) this.send(this.#to, 'item', [index, 'x'.repeat(1_000)]);
  }
}

for (const [title, isConnected] of [
  ['over a connection that there is', true],
  ['over one that is not there yet', false],
] as const) {
  test(`what actors send in finalize when their runtime closes arrives, ${title}: one word, and ten megabytes`, async (t) => {
    for (const words of [1, 10_000]) {
      const there = await startNode(t);
      const here = await startNode(t);
      if (isConnected) {
        here.runtime.tell(here.collecting, 'emitBody', there.collecting, 'hello');
        await there.collector.got.reached(1);
      }
      here.runtime.spawn(new Parting(there.collecting, words));
      await here.runtime.close();
      await there.collector.got.reached(words + (isConnected ? 1 : 0));
      t.deepEqual(
        there.collector.got.items.slice(isConnected ? 1 : 0).map(({ body }) => (body as [number])[0]),
        Array.from({ length: words }, (_, index) => index),
      );
      t.is(here.runtime.metrics.counter('libprocess/messages_dropped').value, 0);
    }
  });
}

test('a peer that takes nothing keeps a runtime from closing for a second, one that goes on to read for longer, to the end of the time for ends', async (t) => {
  for (const reads of [false, true]) {
    const clock = new TestClock();
    const network = new MemoryNetwork();
    const stalling = new StallingTransport(network.transport());
    const limits = { endTimeoutMs: 5_000 };
    const here = await new Runtime({ clock, transport: stalling, limits }).start();
    const there = await new Runtime({ clock, transport: network.transport() }).start();
    const target = there.spawn(new Collector('c'));
    const sender = here.spawn(new Collector('s'));
    here.tell(sender, 'emitBody', target, 'hello');
    await clock.settle();
    stalling.stall();
    for (let index = 0; index < 100; index++) {
      here.tell(sender, 'emitBody', target, Buffer.alloc(300_000));
      await clock.settle();
    }
    const closed = outcome(here.close());
    await clock.settle();
    t.is(closed.state, 'pending');
    for (let passed = 0; passed < (reads ? 4_500 : 900); passed += 450) {
      if (reads) stalling.pump();
      await clock.advance(450);
      t.is(closed.state, 'pending', `${passed} ms`);
    }
    await clock.advance(1_500);
    t.is(closed.state, 'fulfilled');
    t.true(here.metrics.counter('libprocess/messages_dropped').value > 0);
    await there.close();
  }
});

test('a runtime closes at once when nobody takes what it has sent, because nobody is there', async (t) => {
  const here = await startNode(t);
  const gone = await startNode(t);
  await gone.runtime.close();
  here.runtime.tell(here.collecting, 'emitBody', gone.collecting, 'hello');
  await here.runtime.close();
  t.is(here.runtime.metrics.counter('libprocess/messages_dropped').value, 1);
});
