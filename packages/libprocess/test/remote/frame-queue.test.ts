import test from 'ava';
import fc from 'fast-check';
import { FrameQueue, waitingFrame } from '../../src/remote/frame-queue.ts';
import { control, decodeFrame, isMessage } from '../../src/remote/frame.ts';
import type { Entry } from '../../src/remote/frame.ts';

const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.nat().map((body) => ['to', 'from', 'name', body] as const),
  fc.nat().map((number) => [control.exited, String(number)] as const),
);

test('what is pushed is shifted in order; dropping takes the messages of the oldest frame that has any, and nothing else', (t) => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.array(entry, { minLength: 1, maxLength: 4 }) },
    { weight: 2, arbitrary: fc.constant('shift' as const) },
    { weight: 1, arbitrary: fc.constant('drop' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, isLong) => {
      const queue = new FrameQueue();
      let model: Entry[][] = [];
      // More than the places that are gone may be, so that the rest is moved.
      if (isLong) {
        for (let count = 0; count < 1_100; count++) {
          queue.push(waitingFrame([[control.link, 'x']]));
          queue.shift();
          queue.push(waitingFrame([[control.link, 'y']]));
        }
        for (let count = 0; count < 1_100; count++) queue.shift();
      }
      for (const what of steps) {
        if (what === 'shift') {
          const frame = queue.shift();
          t.deepEqual(frame === undefined ? undefined : decodeFrame(frame.bytes), model.shift());
        } else if (what === 'drop') {
          const oldest = model.find((entries) => entries.some(isMessage)) ?? [];
          t.is(queue.dropOldest()?.messages ?? 0, oldest.filter(isMessage).length);
          model = model
            .map((entries) => (entries === oldest ? entries.filter((one) => !isMessage(one)) : entries))
            .filter((entries) => entries.length > 0);
        } else {
          queue.push(waitingFrame(what));
          model.push(what);
        }
        t.is(queue.isEmpty, model.length === 0);
        t.is(queue.messages, model.flat().filter(isMessage).length);
        t.is(queue.controls, model.flat().length - queue.messages);
        t.is(
          queue.bytes,
          model.reduce((sum, entries) => sum + waitingFrame(entries).bytes.length, 0),
        );
      }
    }),
    { numRuns: 300 },
  );
});
