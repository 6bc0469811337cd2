import test from 'ava';
import fc from 'fast-check';
import { parseJson } from '../../src/codec/parse-json.ts';

test('what is no JSON is told with its line and the rest of it, in the words of Mesos', (t) => {
  const faults: readonly [string, string][] = [
    ['hello', 'syntax error at line 1 near: hello'],
    ['', 'syntax error at line 1 near: '],
    ['{"type": "SUBSCRIBE", ', 'syntax error at line 1 near: '],
    ['{"a":1,\n  b}\n', 'syntax error at line 2 near: b}'],
    ['[1 2]', 'syntax error at line 1 near: 2]'],
    ['[1,]', 'syntax error at line 1 near: ]'],
    ['{"a" 1}', 'syntax error at line 1 near: 1}'],
    ['{"a":tru}', 'syntax error at line 1 near: }'],
    ['"a\tb"', 'syntax error at line 1 near: b"'],
    ['{"a":"\\q"}', 'syntax error at line 1 near: \\q"}'],
    ['[-]', 'syntax error at line 1 near: -]'],
    ['{} {}', 'Parsed JSON included non-whitespace trailing characters: {}'],
  ];
  for (const [text, error] of faults) t.is(parseJson(text).error, error, text);
});

test('a text that is deep or long is refused like a short one, and no more of it is repeated than a line', (t) => {
  t.is(parseJson('['.repeat(2_000_000)).error, 'syntax error at line 1 near: ');
  t.is(parseJson('x'.repeat(2_000_000)).error, `syntax error at line 1 near: ${'x'.repeat(256)}`);
});

test('a text has a value exactly where JSON.parse finds one, and a fault elsewhere', (t) => {
  const pieces = ['{', '}', '[', ']', ',', ':', '"a"', '"\\u00e4"', '1', '-0.5e3', 'true', 'nul', ' ', '\n', '\\', '"'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      const { error, value } = parseJson(text);
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        t.regex(error ?? '', /^(?:syntax error at line \d+ near: |Parsed JSON included)/);
        return;
      }
      t.is(error, undefined);
      t.deepEqual(value, expected);
    }),
    { numRuns: 3_000 },
  );
});
