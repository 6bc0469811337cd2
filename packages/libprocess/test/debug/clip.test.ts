import test from 'ava';
import * as fc from 'fast-check';
import { clip } from '../../src/debug/clip.ts';

test('what is small is shown as it is', (t) => {
  for (const value of [null, 1.5, true, 'text', [1, [2, { a: 'b' }]], { a: [], b: {} }])
    t.deepEqual(clip(value), value);
});

test('what is long, deep or no JSON is cut or told in a word', (t) => {
  t.is(clip('x'.repeat(1000)), `${'x'.repeat(500)}...`);
  t.is((clip(Array.from({ length: 1000 }, () => 0)) as unknown[]).length, 200);
  let deep: unknown = 'bottom';
  for (let level = 0; level < 1000; level++) deep = { deep };
  t.regex(JSON.stringify(clip(deep)), /^(?:\{"deep":){8}"\.\.\."\}{8}$/);
  t.deepEqual(clip([Buffer.alloc(7), new Date(0), new Date(Number.NaN), 5n]), [
    '<7 bytes>',
    '1970-01-01T00:00:00.000Z',
    null,
    '5',
  ]);
  const round: Record<string, unknown> = {};
  round['self'] = round;
  t.notThrows(() => JSON.stringify(clip(round)));
});

test('whatever a value is, what is shown of it is JSON of a bounded size', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 5, withBigInt: true, withDate: true, withTypedArray: true }), (value) => {
        return (JSON.stringify(clip(value)) ?? '').length < 400_000;
      }),
    );
  });
});
