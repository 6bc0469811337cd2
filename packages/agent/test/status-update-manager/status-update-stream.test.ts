import type { StatusUpdate } from '@mesos-ts/protocol';
import fc from 'fast-check';
import test from 'ava';
import { statusUpdatesPendingMax } from '../../src/constants.ts';
import { nextRetryIntervalMs } from '../../src/status-update-manager/retry.ts';
import { acknowledgeUpdate, addUpdate, createStream } from '../../src/status-update-manager/status-update-stream.ts';
import { statusUpdate, uuidOf } from '../support/status-update.ts';

test('updates are kept in order, and the next is first once the one before is acknowledged', (t) => {
  const stream = createStream();
  for (const n of [1, 2, 3]) t.is(addUpdate(stream, statusUpdate(n)), 'accepted');
  t.is(acknowledgeUpdate(stream, uuidOf(1)), 'accepted');
  t.deepEqual(stream.pending[0]?.uuid, uuidOf(2));
});

test('an update that is known, acknowledged or not, is a duplicate', (t) => {
  const stream = createStream();
  addUpdate(stream, statusUpdate(1));
  t.is(addUpdate(stream, statusUpdate(1)), 'duplicate');
  acknowledgeUpdate(stream, uuidOf(1));
  t.is(addUpdate(stream, statusUpdate(1)), 'duplicate');
  t.is(stream.pending.length, 0);
});

test('an acknowledgement of another update than the first changes nothing', (t) => {
  const stream = createStream();
  t.is(acknowledgeUpdate(stream, uuidOf(1)), 'unexpected');
  addUpdate(stream, statusUpdate(1));
  addUpdate(stream, statusUpdate(2));
  t.is(acknowledgeUpdate(stream, uuidOf(2)), 'unexpected');
  t.is(acknowledgeUpdate(stream, uuidOf(1)), 'accepted');
  t.is(acknowledgeUpdate(stream, uuidOf(1)), 'duplicate');
  t.is(stream.pending.length, 1);
});

test('a stream ends when a terminal update is acknowledged, not when it comes', (t) => {
  const stream = createStream();
  addUpdate(stream, statusUpdate(1, 'TASK_FINISHED'));
  t.false(stream.isTerminated);
  acknowledgeUpdate(stream, uuidOf(1));
  t.true(stream.isTerminated);
});

test('no more than a bounded number of updates waits', (t) => {
  const stream = createStream();
  for (let n = 1; n <= statusUpdatesPendingMax; n++) addUpdate(stream, statusUpdate(n));
  t.is(addUpdate(stream, statusUpdate(statusUpdatesPendingMax + 1)), 'overflow');
  t.is(stream.pending.length, statusUpdatesPendingMax);
});

/** What a health check says. */
function health(n: number, healthy: boolean): StatusUpdate {
  const update = statusUpdate(n);
  return { ...update, status: { ...update.status, healthy, reason: 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED' } };
}

test('a task whose health comes and goes while nobody acknowledges is told of as it is in the end, and so is its end', (t) => {
  const stream = createStream();
  const count = statusUpdatesPendingMax + 500;
  for (let n = 1; n <= count; n++) t.is(addUpdate(stream, health(n, n % 2 === 0)), 'accepted');
  t.is(stream.pending.length, statusUpdatesPendingMax);
  t.is(stream.received.size, statusUpdatesPendingMax);
  t.deepEqual(stream.pending.at(-1)?.uuid, uuidOf(count));
  t.is(addUpdate(stream, statusUpdate(count + 1)), 'overflow');
  t.is(addUpdate(stream, statusUpdate(count + 2, 'TASK_KILLED')), 'accepted');
  t.is(addUpdate(stream, statusUpdate(count + 3, 'TASK_FAILED')), 'overflow');
  while (!stream.isTerminated) acknowledgeUpdate(stream, stream.pending[0]?.uuid ?? t.fail());
  t.is(stream.pending.length, 0);
});

test('whatever comes in whatever order, each update is under way once until acknowledged, in the order of arrival', (t) => {
  const step = fc.record({ kind: fc.constantFrom('update', 'acknowledge'), n: fc.integer({ min: 1, max: 8 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stream = createStream();
      const arrived: number[] = [];
      const acknowledged: number[] = [];
      for (const { kind, n } of steps) {
        if (kind === 'update') {
          if (addUpdate(stream, statusUpdate(n)) === 'accepted') arrived.push(n);
        } else if (acknowledgeUpdate(stream, uuidOf(n)) === 'accepted') {
          acknowledged.push(n);
        }
      }
      // Accepted once each, acknowledged in that order, and what is left waits.
      t.is(new Set(arrived).size, arrived.length);
      t.deepEqual(arrived.slice(0, acknowledged.length), acknowledged);
      t.deepEqual(
        stream.pending.map((update) => update.uuid),
        arrived.slice(acknowledged.length).map(uuidOf),
      );
    }),
  );
});

test('pauses between sends double from ten seconds to ten minutes', (t) => {
  const pauses = [nextRetryIntervalMs()];
  while (pauses.length < 9) pauses.push(nextRetryIntervalMs(pauses.at(-1)));
  t.deepEqual(pauses, [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000, 600_000]);
});
