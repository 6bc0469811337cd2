import fc from 'fast-check';
import test from 'ava';
import { CheckRounds } from '../../src/checks/rounds.ts';
import type { RoundEffect, RoundEvent } from '../../src/checks/rounds.ts';

const outcome = { status: { type: 'TCP', tcp: { succeeded: true } } } as const;
const probed = (round: number): RoundEvent => ({ type: 'probed', round, outcome });

function rounds(): CheckRounds {
  return new CheckRounds({ delayMs: 15_000, intervalMs: 10_000, timeoutMs: 5_000 });
}

/** What the last of these events does, in short. */
function last(...events: RoundEvent[]): string[] {
  const it = rounds();
  return events
    .map((event) => it.step(event))
    .slice(-1)
    .flat()
    .map(describe);
}

function describe(effect: RoundEffect): string {
  switch (effect.type) {
    case 'set-timer':
      return `in ${effect.delayMs}`;
    case 'probe':
      return `probe ${effect.round}`;
    case 'tell':
      return 'failure' in effect.outcome ? effect.outcome.failure : 'result';
    case 'abort':
    case 'cancel-timer':
      break;
  }
  return effect.type;
}

test('the delay is before the first probe, the interval between the end of one and the next', (t) => {
  t.deepEqual(last({ type: 'start' }), ['in 15000']);
  t.deepEqual(last({ type: 'start' }, { type: 'due' }), ['in 5000', 'probe 1']);
  t.deepEqual(last({ type: 'start' }, { type: 'due' }, probed(1)), ['cancel-timer', 'in 10000', 'result']);
  t.deepEqual(last({ type: 'start' }, { type: 'due' }, probed(1), { type: 'due' }), ['in 5000', 'probe 2']);
});

test('a probe that takes too long is ended, which is a failure, and what it says later is not heard', (t) => {
  const timedOut: RoundEvent[] = [{ type: 'start' }, { type: 'due' }, { type: 'due' }];
  t.deepEqual(last(...timedOut), ['abort', 'in 10000', 'Timed out after 5secs']);
  t.deepEqual(last(...timedOut, probed(1)), []);
  t.deepEqual(last(...timedOut, { type: 'due' }, probed(1)), []);
});

test('a pause ends the probe under way without a word, and what it says later is not heard', (t) => {
  const paused: RoundEvent[] = [{ type: 'start' }, { type: 'due' }, { type: 'pause' }];
  t.deepEqual(last(...paused), ['cancel-timer', 'abort']);
  t.deepEqual(last(...paused, probed(1)), []);
  t.deepEqual(last(...paused, { type: 'due' }), []);
  t.deepEqual(last({ type: 'start' }, { type: 'pause' }), ['cancel-timer']);
});

test('after a pause it goes on at once, and only then', (t) => {
  t.deepEqual(last({ type: 'start' }, { type: 'pause' }, { type: 'resume' }), ['in 0']);
  t.deepEqual(last({ type: 'start' }, { type: 'resume' }), []);
});

test('whatever happens in whatever order, there is one timer and one probe at most, none while it is paused, and each probe is told once', (t) => {
  const type = fc.constantFrom('due', 'pause', 'probed', 'resume', 'late');
  fc.assert(
    fc.property(fc.array(type, { maxLength: 60 }), (types) => {
      const it = rounds();
      let hasTimer = false;
      let probing: number | undefined;
      let isPaused = false;
      let newest = 0;
      const happens = (event: RoundEvent): void => {
        for (const effect of it.step(event)) {
          if (effect.type === 'set-timer') {
            t.false(hasTimer || isPaused);
            hasTimer = true;
          } else if (effect.type === 'cancel-timer') hasTimer = false;
          else if (effect.type === 'probe') {
            t.is(probing, undefined);
            t.true(effect.round > newest);
            newest = probing = effect.round;
          } else {
            // What is told or aborted is the probe under way; what timed out is both.
            t.true(probing !== undefined || event.type === 'due');
            probing = undefined;
          }
        }
      };
      happens({ type: 'start' });
      for (const each of types) {
        if (each === 'due' && hasTimer) {
          hasTimer = false;
          happens({ type: 'due' });
        } else if (each === 'probed' && probing !== undefined) happens(probed(probing));
        else if (each === 'late' && newest > 1) happens(probed(newest - 1));
        else if (each === 'pause' || each === 'resume') {
          isPaused = each === 'pause';
          happens({ type: each });
        }
        t.is(hasTimer, !isPaused);
        if (isPaused) t.is(probing, undefined);
      }
    }),
  );
});
