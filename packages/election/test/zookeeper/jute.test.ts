import test from 'ava';
import fc from 'fast-check';
import { JuteError, JuteFrames, JuteReader, JuteWriter } from '../../src/zookeeper/jute.ts';

const bytes = fc.uint8Array({ maxLength: 40 });

test('what is written is read again, however the frames are cut on their way', (t) => {
  const frame = fc.record({
    int: fc.integer(),
    long: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    bytes,
    text: fc.string(),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 30 })), (frames, cuts) => {
      const sent = Buffer.concat(
        frames.map((each) =>
          new JuteWriter().int(each.int).long(each.long).bytes(each.bytes).text(each.text).bool(true).finish(),
        ),
      );
      const reassembled = new JuteFrames(1_000);
      const found: Buffer[] = [];
      for (let [at, index] = [0, 0]; at < sent.length; index++) {
        const length = cuts[index] ?? sent.length;
        found.push(...(reassembled.push(sent.subarray(at, at + length)) ?? []));
        at += length;
      }
      t.deepEqual(
        found.map((each) => {
          const reader = new JuteReader(each);
          return {
            int: reader.int(),
            long: reader.long(),
            bytes: Uint8Array.from(reader.bytes()),
            text: reader.text(),
          };
        }),
        frames,
      );
    }),
  );
});

test('whatever a frame holds, it is read or refused with JuteError, and nothing behind its end is read', (t) => {
  const step = fc.constantFrom('int' as const, 'long' as const, 'bytes' as const, 'text' as const, 'texts' as const);
  let refused = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(step, { maxLength: 6 }), (frame, steps) => {
      const reader = new JuteReader(Buffer.from(frame));
      try {
        for (const name of steps) {
          const value = reader[name]();
          if (typeof value === 'object') t.true(value.length <= frame.length);
        }
      } catch (error) {
        refused++;
        t.true(error instanceof JuteError, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
  t.true(refused > 100);
});

test('frames of a length that cannot be are refused before anything is kept of them', (t) => {
  for (const length of [-1, -(2 ** 31), 1_001, 2 ** 31 - 1]) {
    const head = Buffer.alloc(4);
    head.writeInt32BE(length);
    t.is(new JuteFrames(1_000).push(head), undefined);
  }
});
