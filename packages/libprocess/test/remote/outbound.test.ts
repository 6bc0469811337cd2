import test from 'ava';
import fc from 'fast-check';
import { Runtime, defaultLimits } from '../../src/index.ts';
import { control, decodeFrame, isMessage } from '../../src/remote/frame.ts';
import { Outbound } from '../../src/remote/outbound.ts';
import { TestClock } from '../../src/testing/index.ts';
import type { Connection, Limits, OutboundPolicy } from '../../src/index.ts';
import type { Runnable } from '../../src/actor/run-queue.ts';
import type { Entry } from '../../src/remote/frame.ts';

/** A connection whose other end reads when it is told to. */
class Reader implements Connection {
  readonly remote = 'a reader';
  readonly sent: Uint8Array[] = [];
  readonly read: Entry[] = [];
  get bufferedBytes(): number {
    return this.sent.reduce((sum, frame) => sum + frame.length, 0);
  }
  open(): void {}
  close(): void {}
  send(frame: Uint8Array): void {
    this.sent.push(frame);
  }
  take(): void {
    for (const frame of this.sent.splice(0)) this.read.push(...decodeFrame(frame));
  }
}

function setup(limits: Partial<Limits>) {
  const runtime = new Runtime({ clock: new TestClock() });
  const overflows: string[] = [];
  const turns: Runnable[] = [];
  const outbound = new Outbound(
    { runtime, limits: { ...defaultLimits, ...limits }, schedule: (runnable) => turns.push(runnable) },
    { address: () => 'somewhere', overflowed: (reason) => overflows.push(reason), refused: () => undefined },
  );
  const dropped = (): number => runtime.metrics.counter('libprocess/outbound_dropped').value;
  return { outbound, overflows, dropped, turns, reader: new Reader() };
}

function message(number: number, size = 0): Entry {
  return ['to', 'from', 'name', size === 0 ? number : [number, 'x'.repeat(size)]];
}

function numbers(entries: readonly Entry[]): unknown[] {
  return entries.filter(isMessage).map(([, , , body]) => (Array.isArray(body) ? (body[0] as unknown) : body));
}

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

function readAll(outbound: Outbound, reader: Reader): void {
  while (outbound.bytes > 0) {
    reader.take();
    outbound.drain();
  }
}

const exited = (number: number): Entry => [control.exited, String(number)];

test('before there is a connection, messages up to the bound wait, and all that waits leaves in order when there is one', (t) => {
  const { outbound, reader, overflows } = setup({ outboundMessagesMax: 1_000 });
  for (const number of range(0, 1_000)) outbound.add(message(number));
  outbound.add(exited(1));
  outbound.flush();
  t.is(outbound.messages, 1_000);
  outbound.open(reader);
  readAll(outbound, reader);
  t.deepEqual(numbers(reader.read), range(0, 1_000));
  t.deepEqual(reader.read.at(-1), exited(1));
  t.deepEqual([outbound.messages, overflows], [0, []]);
});

test('with the policy close the peer is given up at the first message that does not fit, and what had not left is counted', (t) => {
  for (const connected of [false, true]) {
    const { outbound, reader, overflows } = setup({ outboundMessagesMax: 100, outboundBytesMax: 10_000 });
    if (connected) outbound.open(reader);
    let number = 0;
    while (overflows.length === 0) {
      outbound.add(message(number++, connected ? 200 : 0));
      outbound.flush();
    }
    t.deepEqual(overflows, [
      connected ? 'the peer does not read what it is sent' : 'too many messages wait for the connection',
    ]);
    t.is(number, connected ? Math.floor(10_000 / 218) + 1 : 101);
    reader.take();
    t.is(outbound.close() + reader.read.length, number);
  }
});

test('with the policy drop newest exactly what fits is kept: the first, and none of those after them', (t) => {
  const { outbound, reader, dropped, overflows } = setup({
    outboundMessagesMax: 100,
    outboundPolicy: 'drop newest',
  });
  for (const number of range(0, 250)) outbound.add(message(number));
  outbound.flush();
  t.is(outbound.messages, 100);
  outbound.open(reader);
  readAll(outbound, reader);
  t.deepEqual(numbers(reader.read), range(0, 100));
  t.deepEqual([dropped(), overflows], [150, []]);
  outbound.add(message(250));
  outbound.flush();
  readAll(outbound, reader);
  t.is(numbers(reader.read).at(-1), 250);
});

test('with the policy drop oldest the last are kept: at least fifteen sixteenths of what fits, up to the very last', (t) => {
  const { outbound, reader, dropped, overflows } = setup({
    outboundMessagesMax: 160,
    outboundPolicy: 'drop oldest',
  });
  for (const number of range(0, 1_000)) outbound.add(message(number));
  outbound.flush();
  t.true(outbound.messages >= 150 && outbound.messages <= 160, `${outbound.messages}`);
  outbound.open(reader);
  readAll(outbound, reader);
  const kept = numbers(reader.read);
  t.deepEqual(kept, range(1_000 - kept.length, 1_000));
  t.deepEqual([dropped(), overflows], [1_000 - kept.length, []]);
});

test('what is said of links is never dropped, and keeps its place among the messages that are left', (t) => {
  for (const outboundPolicy of ['drop newest', 'drop oldest'] as const) {
    const { outbound, reader, overflows } = setup({ outboundMessagesMax: 40, outboundPolicy });
    for (const number of range(0, 100)) {
      outbound.add(message(number));
      if (number % 5 === 0) outbound.add(exited(number));
    }
    outbound.flush();
    outbound.open(reader);
    readAll(outbound, reader);
    const left = reader.read.map((entry) => (isMessage(entry) ? (entry[3] as number) : Number(entry[1]) + 0.5));
    t.deepEqual(
      left,
      left.toSorted((a, b) => a - b),
    );
    t.deepEqual(
      left.filter((number) => number % 1 !== 0),
      range(0, 20).map((number) => number * 5 + 0.5),
    );
    t.true(numbers(reader.read).length > 0);
    t.deepEqual(overflows, []);
  }
});

test('with a policy that drops, a peer that causes no end of link entries and reads none is given up', (t) => {
  for (const outboundPolicy of ['drop newest', 'drop oldest'] as const) {
    const { outbound, reader, overflows } = setup({
      outboundMessagesMax: 1_000,
      outboundBytesMax: 500,
      outboundPolicy,
    });
    outbound.open(reader);
    let number = 0;
    while (overflows.length === 0) {
      outbound.add(exited(number++));
      outbound.flush();
    }
    t.true(number > 1_000 && number < 1_200, `${number}`);
  }
});

test('a message that is larger than everything that may wait is dropped, and those around it pass', (t) => {
  for (const outboundPolicy of ['drop newest', 'drop oldest'] as const) {
    const { outbound, reader, dropped } = setup({ outboundBytesMax: 5_000, outboundPolicy });
    outbound.open(reader);
    for (const entry of [message(1), message(2, 6_000), message(3)]) {
      outbound.add(entry);
      outbound.flush();
      readAll(outbound, reader);
    }
    t.deepEqual([numbers(reader.read), dropped()], [[1, 3], 1]);
  }
});

test('whatever is sent, by any policy: nothing is reordered, doubled or lost uncounted, and what waits stays within its bound', (t) => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ send: fc.integer({ min: 1, max: 700 }), size: fc.integer({ min: 0, max: 90 }) }),
    },
    { weight: 1, arbitrary: fc.constant('exited' as const) },
    { weight: 3, arbitrary: fc.constant('flush' as const) },
    { weight: 2, arbitrary: fc.constant('read' as const) },
    { weight: 1, arbitrary: fc.constant('open' as const) },
    { weight: 1, arbitrary: fc.constant('suspend' as const) },
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom<OutboundPolicy>('close', 'drop newest', 'drop oldest'),
      fc.integer({ min: 200, max: 60_000 }),
      fc.integer({ min: 1, max: 2_000 }),
      (steps, outboundPolicy, outboundBytesMax, outboundMessagesMax) => {
        const { outbound, reader, dropped, overflows } = setup({
          outboundBytesMax,
          outboundMessagesMax,
          outboundPolicy,
        });
        let sent = 0;
        let exits = 0;
        for (const what of steps) {
          if (overflows.length > 0) break;
          if (what === 'flush') outbound.flush();
          else if (what === 'open') outbound.open(reader);
          else if (what === 'suspend') {
            outbound.suspend();
            // What has left arrives; the next connection begins with nothing in it.
            reader.take();
          } else if (what === 'exited') outbound.add(exited(exits++));
          else if (what === 'read') {
            reader.take();
            outbound.drain();
          } else {
            for (let count = 0; count < what.send && overflows.length === 0; count++) {
              outbound.add(message(sent++, what.size));
            }
          }
          // An exited entry takes a few bytes even when nothing else may wait.
          if (overflows.length === 0) t.true(outbound.bytes <= outboundBytesMax + exits * 10);
        }
        if (overflows.length === 0) {
          outbound.flush();
          outbound.open(reader);
          readAll(outbound, reader);
          t.is(reader.read.length - numbers(reader.read).length, exits);
        } else {
          reader.take();
        }
        const read = numbers(reader.read) as number[];
        t.deepEqual(
          read,
          [...new Set(read)].toSorted((a, b) => a - b),
        );
        t.is(read.length + dropped() + outbound.close(), sent);
      },
    ),
    { numRuns: 400 },
  );
});

test('whoever asks is told when nothing waits any more: when it has left, or when the peer is given up', async (t) => {
  for (const end of ['read', 'close'] as const) {
    const { outbound, reader, turns } = setup({});
    let isDrained = false;
    await outbound.drained();
    outbound.open(reader);
    outbound.add(message(1, 500_000));
    outbound.flush();
    outbound.add(message(2, 500_000));
    outbound.flush();
    const drained = outbound.drained().then(() => {
      isDrained = true;
    });
    outbound.drain();
    await Promise.resolve();
    t.false(isDrained);
    if (end === 'read') readAll(outbound, reader);
    else outbound.close();
    await drained;
    const again = outbound.drained();
    for (const turn of turns) turn.run(1);
    await again;
    t.is(outbound.messages, 0);
  }
});

/** A connection of which the system takes at once all that it is given. */
class Taker extends Reader {
  override get bufferedBytes(): number {
    return 0;
  }
}

test('a system that takes all that it is given holds up nobody: what waits leaves a little at a time, in turn with actors, in order', (t) => {
  const { outbound, turns } = setup({ outboundBytesMax: 16 * 1024 * 1024 });
  for (const number of range(0, 8_000)) outbound.add(message(number, 1_000));
  outbound.flush();
  t.true(outbound.bytes > 8_000_000);
  const taker = new Taker();
  outbound.open(taker);
  const left = [outbound.bytes];
  while (turns.length > 0) {
    // The system says that it has room, again and again, before the rest has its turn.
    outbound.drain();
    t.is(outbound.bytes, left.at(-1) ?? 0);
    t.is(turns.length, 1);
    t.is(turns.shift()?.run(7), 7);
    left.push(outbound.bytes);
  }
  for (const [index, bytes] of left.slice(1).entries()) t.true((left[index] ?? 0) - bytes < 600_000);
  t.is(outbound.bytes, 0);
  taker.take();
  t.deepEqual(numbers(taker.read), range(0, 8_000));
});

test('whoever goes on sending whenever nothing waits takes turns with the actors all the same', async (t) => {
  const { outbound, turns } = setup({});
  outbound.open(new Taker());
  outbound.add(message(1, 1_000));
  outbound.flush();
  await outbound.drained();
  t.deepEqual(turns, []);
  outbound.add(message(2, 300_000));
  outbound.flush();
  let isDrained = false;
  const drained = outbound.drained().then(() => {
    isDrained = true;
  });
  await Promise.resolve();
  t.deepEqual([isDrained, turns.length], [false, 1]);
  turns.shift()?.run(1);
  await drained;
  await outbound.drained();
  t.deepEqual(turns, []);
});

test('large messages that come after small ones leave a few to a frame, in order: nobody knew how large they would be', (t) => {
  const { outbound, reader } = setup({});
  outbound.open(reader);
  for (const number of range(0, 100)) outbound.add(message(number));
  outbound.flush();
  for (const number of range(100, 150)) outbound.add(message(number, 20_000));
  outbound.add(message(150, 300_000));
  outbound.add(exited(1));
  outbound.flush();
  const sizes: number[] = [];
  while (outbound.bytes > 0) {
    sizes.push(...reader.sent.map((frame) => frame.length));
    reader.take();
    outbound.drain();
  }
  t.deepEqual(numbers(reader.read), range(0, 151));
  t.deepEqual(reader.read.at(-1), exited(1));
  const [largest = 0, next] = sizes.toSorted((a, b) => b - a);
  t.true(largest >= 300_000 && largest < 301_000, 'one message');
  t.true(next !== undefined && next < 100_000);
});
