import test from 'ava';
import type { Action } from '../../src/index.ts';
import { Fill } from '../../src/protocol/fill.ts';
import type { LogMessage, LogResponse } from '../../src/protocol/message.ts';
import { defaultBounds, defaultTiming } from '../../src/protocol/port.ts';
import { Replica } from '../../src/protocol/replica.ts';

/**
 * Proposals of fills have no owner: two that begin from the same promise use the same number, each for positions of its own. Here another
 * fill has had position 2 accepted by one replica under 8, in vain: another value was chosen there later, which whoever fills 1 and 3 knows.
 */
test('who fills positions tells nothing about those between, for which another fill may have used the same number', (t) => {
  const accepted: Action = { position: 2, promised: 8, performed: 8, value: { type: 'nop' } };
  const replies: LogResponse[] = [];
  const replica = new Replica({
    recovered: {
      metadata: { status: 'VOTING', promised: 7 },
      begin: 0,
      end: 2,
      learned: [{ from: 0, to: 0 }],
      unlearned: [{ from: 2, to: 2 }],
    },
    unlearned: [accepted],
    quorum: 1,
    bounds: defaultBounds,
    timing: defaultTiming,
    onPromise: () => undefined,
    port: {
      persist: () => undefined,
      reply: (_to, message) => void replies.push(message),
      read: () => undefined,
      after: () => 0,
    },
  });
  const sent: LogMessage[] = [];
  const handlers: ((from: string, response: LogResponse) => void)[] = [];
  let outcome = '';
  const fill = new Fill({
    quorum: 1,
    proposal: 8,
    positions: [
      { from: 1, to: 1 },
      { from: 3, to: 3 },
    ],
    timing: defaultTiming,
    done: ({ type }) => {
      outcome = type;
    },
    port: {
      self: 'a',
      members: () => new Set(['a', 'b']),
      areMembersKnown: () => true,
      send: () => undefined,
      broadcast: (message) => void sent.push(message),
      expect: (handler) => handlers.push(handler),
      forget: () => undefined,
      after: () => 0,
      cancel: () => undefined,
    },
  });
  for (let message = sent.shift(); message !== undefined; message = sent.shift()) {
    if (message.type === 'log.promise') replica.promise('a', message);
    else if (message.type === 'log.write') replica.write('a', message);
    else if (message.type === 'log.learned') replica.notice(message);
    for (const reply of replies.splice(0)) handlers[0]?.('b', reply);
  }
  t.is(outcome, 'filled');
  t.deepEqual(
    [1, 2, 3].map((position) => replica.isLearned(position)),
    [true, false, true],
  );
  fill.cancel();
});
