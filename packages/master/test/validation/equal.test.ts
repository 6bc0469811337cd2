import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { equalMessages } from '../../src/validation/equal.ts';

const messages = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('a', 'b', 0, 1, true, undefined),
    fc.uint8Array({ maxLength: 2, max: 1 }),
    fc.array(tie('value'), { maxLength: 2 }),
    tie('message'),
  ),
  message: fc.dictionary(fc.constantFrom('name', 'value', 'constructor'), tie('value'), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
})).message;

/** Without fields that are undefined. */
function set(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(set);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, set(member)]),
  );
}

test('messages are equal if and only if the fields that are set are', (t) => {
  fc.assert(
    fc.property(messages, messages, (left, right) => {
      t.is(equalMessages(left, right), isDeepStrictEqual(set(left), set(right)));
      t.true(equalMessages(left, structuredClone(left)));
    }),
    { numRuns: 2_000 },
  );
});
