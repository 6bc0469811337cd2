import test from 'ava';
import fc from 'fast-check';
import { cutFrame } from '../../src/remote/frame-cut.ts';
import { control, decodeFrame, encodeFrame } from '../../src/remote/frame.ts';
import { sendable } from '../support/sendable.ts';
import type { Entry } from '../../src/remote/frame.ts';

const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.tuple(fc.string(), fc.string(), fc.string(), sendable(4)),
  fc.nat({ max: 300 }).map((length) => ['to', 'from', 'name', 'x'.repeat(length)] as const),
  fc.tuple(fc.constant(control.link), fc.string()),
  fc.constant([control.last] as const),
);

test('a frame is cut between entries into frames that say the same together, of the size that is aimed at or of one entry', (t) => {
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 60 }), fc.nat({ max: 2_000 }), (entries, aim) => {
      const bytes = encodeFrame(entries);
      const parts = cutFrame(entries, bytes, aim);
      t.deepEqual(
        parts.flatMap((part) => part.entries),
        entries,
      );
      for (const part of parts) {
        t.deepEqual(part.bytes, Uint8Array.from(encodeFrame(part.entries)));
        t.deepEqual(decodeFrame(part.bytes), decodeFrame(encodeFrame(part.entries)));
        t.true(part.entries.length === 1 || part.bytes.length <= aim + 3);
      }
    }),
  );
});
