import test from 'ava';
import { FrameMemory } from '../../src/remote/frame-memory.ts';

test('a frame is copied, and one that was dropped lends its memory to the next that fits, once', (t) => {
  const memory = new FrameMemory();
  const scratch = new Uint8Array(2_000).fill(1);
  const first = memory.keep(scratch);
  scratch.fill(2);
  const second = memory.keep(scratch);
  t.deepEqual([first[0], first.at(-1), first.length], [1, 1, 2_000]);
  t.not(first.buffer, second.buffer);
  memory.release(first);
  scratch.fill(3);
  const third = memory.keep(scratch.subarray(0, 1_990));
  t.is(third.buffer, first.buffer);
  t.deepEqual([third[0], third.length, second[0]], [3, 1_990, 2]);
  t.not(memory.keep(scratch).buffer, first.buffer);
});

test('memory that is too small is not used, and neither is what it has not made; little is kept', (t) => {
  const memory = new FrameMemory();
  const kept = [100, 200, 300].map((length) => memory.keep(new Uint8Array(length)));
  for (const frame of kept) memory.release(frame);
  const buffers = new Set(kept.map(({ buffer }) => buffer));
  const again = [100, 100, 100].map((length) => memory.keep(new Uint8Array(length)));
  t.is(again.filter(({ buffer }) => buffers.has(buffer)).length, 2);
  const [, small = new Uint8Array()] = again;
  memory.release(small);
  const large = memory.keep(new Uint8Array(10_000).fill(7));
  t.deepEqual([large.length, large[9_999]], [10_000, 7]);
  const foreign = new Uint8Array(10_000);
  memory.release(foreign);
  t.not(memory.keep(new Uint8Array(10)).buffer, foreign.buffer);
});
