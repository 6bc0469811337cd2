import fc from 'fast-check';
import type { Interval } from '../../src/index.ts';
import type { LogMessage } from '../../src/protocol/message.ts';

const number = fc.oneof(fc.nat(12), fc.constant(Number.MAX_SAFE_INTEGER));
const intervals: fc.Arbitrary<Interval[]> = fc
  .uniqueArray(fc.nat(30), { maxLength: 6 })
  .map((list) => list.toSorted((one, other) => one - other))
  .map((list) => list.slice(0, list.length - (list.length % 2)))
  .map((list) => list.flatMap((from, index) => (index % 2 === 0 ? [{ from, to: list[index + 1] ?? from }] : [])));
const value = fc.oneof(
  fc.constant({ type: 'nop' } as const),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => ({ type: 'append', bytes }) as const),
  fc.constant({ type: 'truncate', to: 0 } as const),
);
const writes = fc
  .uniqueArray(fc.record({ position: fc.nat(12), value }), { selector: ({ position }) => position })
  .map((list) => list.toSorted((one, other) => one.position - other.position));
const actions = fc
  .tuple(writes, number, number)
  .map(([list, promised, performed]) => list.map((write) => ({ ...write, promised, performed })));
const verdict = fc.constantFrom('accept' as const, 'reject' as const, 'ignore' as const);
export const statuses = fc.constantFrom(
  'EMPTY' as const,
  'STARTING' as const,
  'RECOVERING' as const,
  'VOTING' as const,
);
const name = fc.constantFrom('a log', 'another log');
const naming = fc.record({ proposal: number, log: name });
/** What every message may have. */
const envelope = { log: name };
const standing = {
  ...envelope,
  incarnation: fc.nat(3),
  fences: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(3), { noNullPrototype: true }),
};

/** Every kind of message, with and without all that may be absent. */
export const messages: fc.Arbitrary<LogMessage> = fc.oneof(
  fc.record(
    {
      type: fc.constant('log.promise' as const),
      id: number,
      proposal: number,
      quorum: number,
      positions: intervals,
      ...envelope,
    },
    { requiredKeys: ['type', 'id', 'proposal'] },
  ),
  fc.record(
    {
      type: fc.constant('log.promised' as const),
      id: number,
      verdict,
      proposal: number,
      implicit: number,
      begin: fc.nat(12),
      end: fc.nat(12),
      through: fc.nat(30),
      learned: intervals,
      actions,
      naming,
      quorum: number,
      ...standing,
    },
    { requiredKeys: ['type', 'id', 'verdict', 'proposal', 'implicit', 'begin', 'end'] },
  ),
  fc.record(
    {
      type: fc.constant('log.write' as const),
      id: number,
      proposal: number,
      quorum: number,
      writes,
      name,
      ...envelope,
    },
    { requiredKeys: ['type', 'id', 'proposal', 'writes'] },
  ),
  fc.record(
    {
      type: fc.constant('log.written' as const),
      id: number,
      verdict,
      proposal: number,
      positions: intervals,
      decided: intervals,
      named: fc.constant(true),
      ...standing,
    },
    { requiredKeys: ['type', 'id', 'verdict', 'proposal', 'positions'] },
  ),
  fc.record(
    { type: fc.constant('log.learned' as const), proposal: number, from: number, to: number, ...envelope },
    { requiredKeys: ['type', 'proposal', 'from', 'to'] },
  ),
  fc.record(
    { type: fc.constant('log.fetch' as const), id: number, positions: intervals, ...envelope },
    { requiredKeys: ['type', 'id', 'positions'] },
  ),
  fc.record(
    {
      type: fc.constant('log.fetched' as const),
      id: number,
      begin: fc.nat(12),
      through: number,
      actions,
      ...envelope,
    },
    { requiredKeys: ['type', 'id', 'begin', 'through', 'actions'] },
  ),
  fc.record(
    { type: fc.constant('log.recover' as const), id: number, quorum: number, incarnation: fc.nat(3), ...envelope },
    { requiredKeys: ['type', 'id', 'quorum'] },
  ),
  fc.record(
    {
      type: fc.constant('log.recovered' as const),
      id: number,
      status: statuses,
      quorum: number,
      begin: fc.nat(12),
      end: fc.nat(12),
      promised: number,
      known: fc.nat(3),
      heard: fc.record({ incarnation: fc.nat(3), end: fc.nat(12), promised: number }),
      candidate: name,
      naming,
      ...standing,
    },
    { requiredKeys: ['type', 'id', 'status', 'quorum', 'begin', 'end', 'promised', 'known'] },
  ),
);
