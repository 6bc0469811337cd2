import test from 'ava';
import { Intake } from '../../src/transport/intake.ts';
import type { Inlet } from '../../src/transport/intake.ts';

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** An intake, and a handler of frames whose first byte says how many twentieths of a millisecond they take. */
function setup() {
  const state = { nowMs: 0 };
  const handled: number[] = [];
  const intake = new Intake(() => state.nowMs);
  const handlers = {
    frame: ([twentieths = 0, mark = 0]: Uint8Array) => {
      state.nowMs += twentieths / 20;
      handled.push(mark);
    },
  };
  const inlet = (waiting: Uint8Array[]): Inlet => ({
    next: () => {
      const frame = waiting.shift();
      if (frame !== undefined) intake.handle(frame, handlers);
      return waiting.length > 0;
    },
  });
  return { state, handled, intake, handlers, inlet };
}

test('frames are handled as long as their time lasts, and have time again after each turn of the event loop', async (t) => {
  const { intake, handlers, handled } = setup();
  for (let round = 0; round < 3; round++) {
    handled.length = 0;
    while (intake.isOpen) intake.handle(Uint8Array.of(3), handlers);
    t.is(handled.length, 4);
    await turn();
  }
  await turn();
  t.true(intake.isOpen);
});

test('time in which no frame is handled does not count', async (t) => {
  const { intake, handlers, state } = setup();
  for (let count = 0; count < 5; count++) {
    intake.handle(Uint8Array.of(1), handlers);
    state.nowMs += 100;
    t.true(intake.isOpen);
  }
  await turn();
});

function frames(mark: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => Uint8Array.of(5, mark));
}

test('those that wait have their time a turn each, a frame from each in turn, until none has more', async (t) => {
  const { intake, inlet, handled, state } = setup();
  for (const [mark, count] of [
    [1, 5],
    [2, 1],
    [3, 2],
  ] as const) {
    intake.wait(inlet(frames(mark, count)));
  }
  t.deepEqual(handled, []);
  const order = [1, 2, 3, 1, 3, 1, 1, 1];
  for (let done = 2; done <= order.length; done += 2) {
    await turn();
    t.deepEqual(handled, order.slice(0, done));
    t.is(state.nowMs, done / 4);
  }
  await turn();
  t.is(handled.length, order.length);
});
