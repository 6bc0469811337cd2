import test from 'ava';
import fc from 'fast-check';
import { LogError } from '../../src/index.ts';
import { checkMessage, messageTypes } from '../../src/protocol/check-message.ts';
import type { LogMessage } from '../../src/protocol/message.ts';
import { LogNode } from '../../src/protocol/node.ts';
import type { LogEvent } from '../../src/protocol/node.ts';
import { defaultBounds, defaultTiming } from '../../src/protocol/port.ts';
import { SimulatedDisk, recoveredFrom } from '../../src/testing/simulation/simulated-disk.ts';
import { messages, statuses } from './messages.ts';

test('every message passes as it is', (t) => {
  fc.assert(
    fc.property(messages, (message) => {
      t.deepEqual(checkMessage(message.type, message), message);
    }),
  );
});

test('anything else is refused with LOG_MESSAGE_INVALID, and nothing else is thrown', (t) => {
  let refused = 0;
  const check = (type: LogMessage['type'], body: unknown): void => {
    try {
      checkMessage(type, body);
    } catch (error) {
      refused++;
      t.true(error instanceof LogError && error.code === 'LOG_MESSAGE_INVALID', String(error));
    }
  };
  const strange = fc.oneof(fc.anything(), messages, fc.object({ maxDepth: 3 }));
  fc.assert(fc.property(fc.constantFrom(...messageTypes), strange, check), { numRuns: 2_000 });
  // A field of a message is something else.
  fc.assert(
    fc.property(messages, fc.nat(20), fc.anything(), (message, index, other) => {
      const names = Object.keys(message);
      check(message.type, { ...message, [names[index % names.length] ?? 'id']: other });
    }),
    { numRuns: 2_000 },
  );
  t.true(refused > 1_000);
});

test('what no replica says is refused: numbers that are none, ranges that do not ascend, a truncation of what is to come', (t) => {
  const refuse = (type: LogMessage['type'], body: Record<string, unknown>): void => {
    t.throws(() => checkMessage(type, body), { code: 'LOG_MESSAGE_INVALID' });
  };
  for (const proposal of [-1, 0.5, Number.NaN, Infinity, 2 ** 53, '1', undefined, null]) {
    refuse('log.promise', { id: 1, proposal });
  }
  const overlapping = [
    { from: 1, to: 2 },
    { from: 2, to: 3 },
  ];
  const many = Array.from({ length: 70_000 }, (_, at) => ({ from: 2 * at, to: 2 * at }));
  for (const positions of [[{ from: 2, to: 1 }], overlapping, [{ from: 1 }], {}, many]) {
    refuse('log.fetch', { id: 1, positions });
  }
  for (const value of [
    { type: 'truncate', to: 4 },
    { type: 'nop', tombstone: true },
    { type: 'append', bytes: 'text' },
  ]) {
    refuse('log.write', { id: 1, proposal: 1, writes: [{ position: 3, value }] });
  }
  const twice = { position: 3, value: { type: 'nop' } };
  refuse('log.write', { id: 1, proposal: 1, writes: [twice, twice] });
});

test('whatever members say, in whatever order, a node takes it, and never takes back what it has promised', (t) => {
  const members: ReadonlySet<string> = new Set(['a', 'b', 'c']);
  const events: fc.Arbitrary<LogEvent> = fc.oneof(
    fc.record({ type: fc.constant('message' as const), from: fc.constantFrom('b', 'c'), message: messages }),
    fc.record({ type: fc.constant('elect' as const), writer: fc.constant(1), request: fc.nat(100) }),
    fc.record({ type: fc.constant('catch up' as const), request: fc.nat(100) }),
    fc.record({
      type: fc.constant('append' as const),
      writer: fc.constant(1),
      request: fc.nat(100),
      bytes: fc.uint8Array({ maxLength: 4 }),
    }),
    fc.constant({ type: 'flush' } as const),
  );
  fc.assert(
    fc.property(statuses, fc.array(events, { maxLength: 60 }), (status, list) => {
      const disk = new SimulatedDisk(() => undefined);
      disk.write({ metadata: { status, promised: 0 } });
      disk.sync(1);
      const node = new LogNode({
        self: 'a',
        members: () => members,
        quorum: 2,
        clusterSize: 3,
        autoInitialize: true,
        recovered: recoveredFrom(disk.synced),
        unlearned: [],
        // So that answers meet the ids of requests, which are small here.
        nonce: 0,
        freshId: 'fresh',
        timing: defaultTiming,
        bounds: defaultBounds,
      });
      const timers: number[] = [];
      const step = (event: LogEvent): void => {
        const effects = node.step(event);
        for (const { write } of effects.persists) disk.write(write);
        disk.sync(effects.persists.length);
        timers.push(...effects.timers.map(({ timer }) => timer));
        const ticket = effects.persists.at(-1)?.ticket;
        if (ticket !== undefined) step({ type: 'persisted', ticket });
        for (const { read } of effects.reads) step({ type: 'read', read, actions: [...disk.synced.actions.values()] });
      };
      step({ type: 'start' });
      let promised = 0;
      for (const event of list) {
        step(event);
        const timer = timers.shift();
        if (timer !== undefined) step({ type: 'timer', timer });
        t.true(disk.synced.metadata.promised >= promised);
        ({ promised } = disk.synced.metadata);
        t.true(node.isDurable);
      }
    }),
    { numRuns: 500 },
  );
});
