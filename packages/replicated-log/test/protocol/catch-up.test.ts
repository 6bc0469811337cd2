import test from 'ava';
import { CatchUp } from '../../src/protocol/catch-up.ts';
import type { LogMessage } from '../../src/protocol/message.ts';
import { defaultBounds, defaultTiming } from '../../src/protocol/port.ts';
import { Replica } from '../../src/protocol/replica.ts';

test('nothing is decided anew while there are more members than the quorum is a majority of', (t) => {
  const members = new Set(['a', 'b', 'c', 'd']);
  const timers: (() => void)[] = [];
  const sent: LogMessage[] = [];
  const after = (_minMs: number, _maxMs: number, callback: () => void): number => timers.push(callback);
  const replica = new Replica({
    recovered: {
      metadata: { status: 'VOTING', promised: 7 },
      begin: 0,
      end: 0,
      learned: [{ from: 0, to: 0 }],
      unlearned: [],
    },
    unlearned: [],
    quorum: 2,
    bounds: defaultBounds,
    timing: defaultTiming,
    onPromise: () => undefined,
    port: { persist: () => undefined, reply: () => undefined, read: () => undefined, after },
  });
  const catchUp = new CatchUp({
    replica,
    quorum: 2,
    timing: defaultTiming,
    bounds: defaultBounds,
    from: 0,
    to: 3,
    proposal: 8,
    peers: [],
    graceMs: 0,
    done: () => undefined,
    port: {
      self: 'a',
      members: () => members,
      areMembersKnown: () => true,
      send: (_to, message) => void sent.push(message),
      broadcast: (message) => void sent.push(message),
      expect: () => 1,
      forget: () => undefined,
      after,
      cancel: () => undefined,
      whenDurable: (callback) => {
        callback();
      },
    },
  });
  const pass = (): void => {
    for (let turn = 0; turn < 12; turn++) timers.shift()?.();
  };
  catchUp.start();
  pass();
  t.true(
    sent.some(({ type }) => type === 'log.fetch'),
    'what others know is asked for',
  );
  t.false(sent.some(({ type }) => type === 'log.promise'));
  members.delete('d');
  pass();
  t.true(sent.some(({ type }) => type === 'log.promise'));
  catchUp.cancel();
});
