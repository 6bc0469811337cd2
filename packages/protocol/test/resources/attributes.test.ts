import test from 'ava';
import { formatAttributes, parseAttributes, parseValue } from '../../src/index.ts';

test('attributes of every kind are read, and printed as they were read', (t) => {
  const text = 'rack:r1;slots:[1-4,6-8];cores:8.5;zones:{a,b};url:http://x:1/y';
  const { value = [] } = parseAttributes(text);
  t.deepEqual(value, [
    { name: 'rack', type: 'TEXT', text: { value: 'r1' } },
    {
      name: 'slots',
      type: 'RANGES',
      ranges: {
        range: [
          { begin: 1, end: 4 },
          { begin: 6, end: 8 },
        ],
      },
    },
    { name: 'cores', type: 'SCALAR', scalar: { value: 8.5 } },
    { name: 'zones', type: 'SET', set: { item: ['a', 'b'] } },
    { name: 'url', type: 'TEXT', text: { value: 'http://x:1/y' } },
  ]);
  t.is(formatAttributes(value), text);
  t.deepEqual(
    parseAttributes('\na:1;;\nb:2\n').value?.map((attribute) => attribute.name),
    ['a', 'b'],
  );
  t.deepEqual(parseAttributes('').value, []);
});

test('attributes without a name or a value are refused', (t) => {
  for (const text of ['rack', ':r1', 'rack:', ' :x']) {
    t.is(parseAttributes(`a:1;${text}`).error, `Invalid attribute key:value pair '${text}'`);
  }
  t.is(parseAttributes('a:[1-').error, 'Failed to parse attribute a text [1- error Mismatched brackets');
});

test('values are told apart by how they begin', (t) => {
  t.deepEqual(parseValue(' 1.5 ').value, { type: 'SCALAR', scalar: { value: 1.5 } });
  t.deepEqual(parseValue('[ 1-2, 3-4 ]').value, { type: 'RANGES', ranges: { range: [{ begin: 1, end: 4 }] } });
  t.deepEqual(parseValue('{}').value, { type: 'SET', set: { item: [] } });
  for (const text of ['-1', 'Infinity', '0x10', 'r1'])
    t.deepEqual(parseValue(text).value, { type: 'TEXT', text: { value: text } });
  for (const [text, error] of Object.entries({
    '': 'Expecting non-empty string',
    'a[1-2]': "Unexpected '[' found",
    'a{b}': "Unexpected '{' found",
    ')(': 'Mismatched brackets',
  })) {
    t.is(parseValue(text).error, error, text);
  }
});
