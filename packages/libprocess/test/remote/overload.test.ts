import test from 'ava';
import { MemoryNetwork, Runtime, SeededRandom } from '../../src/index.ts';
import { decodeFrame, isMessage } from '../../src/remote/frame.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Collector, Watcher } from '../support/actors.ts';
import { StallingTransport } from '../support/stalling-transport.ts';
import type { OutboundPolicy } from '../../src/index.ts';

const bytesMax = 40_000;
// Beyond the bound: what is said of links is never dropped.
const bytesOfLinks = 1_000;

/** A runtime that sends much more to another one than that reads, and now and then something to a third one and to an actor of its own. */
async function overload(seed: number, outboundPolicy: OutboundPolicy) {
  const random = new SeededRandom(seed);
  const below = (most: number): number => Math.floor(random.next() * most);
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const slow = await new Runtime({ clock, transport: network.transport() }).start();
  const stalling = new StallingTransport(network.transport(), (address) => address === slow.address);
  const here = await new Runtime({
    clock,
    transport: stalling,
    limits: { outboundPolicy, outboundBytesMax: bytesMax, outboundMessagesMax: 1_000 },
  }).start();
  const quick = await new Runtime({ clock, transport: network.transport() }).start();
  const [atSlow, atQuick, atHome] = [new Collector('slow'), new Collector('quick'), new Collector('home')];
  const [toSlow, toQuick, toHome] = [slow.spawn(atSlow), quick.spawn(atQuick), here.spawn(atHome)];
  const sender = here.spawn(new Collector('sender'));
  const watcher = new Watcher('watcher');
  here.tell(here.spawn(watcher), 'watch', toSlow, toQuick);
  await clock.settle();
  stalling.stall();
  const startMs = clock.now();
  let sent = 0;
  let mostWaiting = 0;
  const unharmed: boolean[] = [];
  for (let step = 0; step < 60; step++) {
    const [count, size] = [below(300), below(400)];
    for (let index = 0; index < count; index++) here.tell(sender, 'emitBody', toSlow, [sent++, 'x'.repeat(size)]);
    for (const to of [toQuick, toHome]) here.tell(sender, 'emit', to, step, 1);
    await clock.settle();
    mostWaiting = Math.max(mostWaiting, here.metrics.snapshot()['libprocess/outbound_bytes'] ?? 0);
    unharmed.push(atQuick.got.items.length === step + 1 && atHome.got.items.length === step + 1);
    if (random.next() < 0.3) stalling.pump();
  }
  const heldUpMs = clock.now() - startMs;
  stalling.release();
  await clock.settle();
  const counter = (name: string): number => here.metrics.counter(`libprocess/${name}`).value;
  const result = {
    sent,
    mostWaiting,
    heldUpMs,
    unharmed: unharmed.every(Boolean),
    received: atSlow.bodies().map((body) => (body as [number])[0]),
    lost: stalling.lost.flatMap((frame) => decodeFrame(frame)).filter(isMessage).length,
    dropped: counter('outbound_dropped'),
    droppedInAll: counter('messages_dropped'),
    overflows: counter('outbound_overflows'),
    gone: watcher.gone.items.length,
    waiting: here.metrics.snapshot()['libprocess/outbound_bytes'],
  };
  await Promise.all([here.close(), slow.close(), quick.close()]);
  return result;
}

for (const outboundPolicy of ['close', 'drop newest', 'drop oldest'] as const) {
  test(`under overload, seeded, with the policy ${outboundPolicy}: what waits is bounded, what is dropped is counted, and others wait for nothing`, async (t) => {
    let overflows = 0;
    let dropped = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const result = await overload(seed, outboundPolicy);
      const { received, sent, lost } = result;
      const which = `seed ${seed}`;
      t.true(result.mostWaiting <= bytesMax + bytesOfLinks, `${which}: ${result.mostWaiting} bytes`);
      t.true(result.unharmed, which);
      t.is(result.heldUpMs, 0, which);
      t.is(received.length + result.droppedInAll + lost, sent, which);
      t.deepEqual(
        received,
        [...new Set(received)].toSorted((a, b) => a - b),
        which,
      );
      t.is(result.waiting, 0, which);
      overflows += result.overflows;
      dropped += result.dropped;
      if (outboundPolicy === 'close') {
        t.is(result.dropped, 0, which);
        // The link ends with the first connection that is given up.
        t.is(result.gone, Math.min(1, result.overflows), which);
      } else {
        t.deepEqual([result.overflows, result.gone, lost], [0, 0, 0], which);
        t.is(result.dropped, result.droppedInAll, which);
        if (outboundPolicy === 'drop oldest') t.is(received.at(-1), sent - 1, which);
        else t.is(received[0], 0, which);
      }
    }
    t.true(outboundPolicy === 'close' ? overflows > 25 : dropped > 25_000, `${overflows}, ${dropped}`);
  });
}
