import test from 'ava';
import fc from 'fast-check';
import { parseResources } from '../../src/index.ts';
import { anyGiven } from '../support/any-resources.ts';

test('the short syntax is read', (t) => {
  const { value } = parseResources(' cpus : 4 ;mem(web):2048; ports:[31000-32000, 32002-32003];disks:{a,b};');
  t.is(String(value), 'cpus:4; mem(reservations: [(STATIC,web)]):2048; ports:[31000-32000, 32002-32003]; disks:{a, b}');
  t.true(parseResources('').value?.isEmpty());
});

test('what names no role belongs to the default role', (t) => {
  t.is(parseResources('cpus:1;mem(*):2', 'web').value?.toFlag(), 'cpus(web):1;mem:2');
});

test('a JSON list of messages is read, leniently', (t) => {
  const text = JSON.stringify([
    { name: 'cpus', type: 'SCALAR', scalar: { value: '2' }, role: null },
    { name: 'mem', type: 'SCALAR', scalar: { value: 64 }, role: 'web' },
    { name: 'disk', type: 'SCALAR', scalar: { value: 9 }, disk: { source: { type: 'MOUNT', mount: { root: '/m' } } } },
  ]);
  t.is(String(parseResources(text).value), 'cpus:2; mem(reservations: [(STATIC,web)]):64; disk[MOUNT:/m]:9');
  t.is(parseResources(text, 'dev').value?.reserved('dev').size, 2);
});

test('what cannot be read is refused with the reason', (t) => {
  const wrong: readonly [string, string | RegExp][] = [
    ['cpus', "Bad value for resources, missing or extra ':' in cpus"],
    ['cpus:1:2', "Bad value for resources, missing or extra ':' in cpus:1:2"],
    ['cpus(web:1', 'Bad value for resources, mismatched parentheses in cpus(web'],
    ['cpus)web(:1', 'Bad value for resources, mismatched parentheses in cpus)web('],
    ['cpus:-1', 'Bad type for resource cpus value -1 type TEXT'],
    ['cpus:x', 'Bad type for resource cpus value x type TEXT'],
    ['cpus:nan', 'Bad type for resource cpus value nan type TEXT'],
    ['cpus:1e999', 'Bad type for resource cpus value 1e999 type TEXT'],
    ['ports:[1-2', 'Failed to parse resource ports value [1-2 error Mismatched brackets'],
    ['ports:[1]', 'Failed to parse resource ports value [1] error Expecting one or more "ranges"'],
    ['ports:[a-b]', "Failed to parse resource ports value [a-b] error Expecting non-negative integers in 'a-b'"],
    [
      'ports:[2-1]',
      "Failed to parse resource ports value [2-1] error Expecting the begin not to be beyond the end in '2-1'",
    ],
    ['disks:{a,a}', 'Invalid set resource: duplicated elements'],
    [':1', "Bad value for resources, missing or extra ':' in :1"],
    [' :1', 'Empty resource name'],
    ['cpus(/x):1', "Role '/x' cannot start with a slash"],
    ['cpus:1;cpus:[1-2]', "Resources with the same name ('cpus') but different types are not allowed"],
    ['[{"name":"cpus"}]', /^Some JSON resources were not formatted properly: /],
    ['[1]', 'Some JSON resources were not formatted properly: Expecting a JSON object'],
    [
      '[{"name":"cpus","type":"SCALAR","scalar":{"value":1},"revocable":{}}]',
      /^Revocable resources cannot be specified/,
    ],
    [
      '[{"name":"cpus","type":"SCALAR","scalar":{"value":1},"role":"r","reservation":{}}]',
      /^Dynamic reservations cannot/,
    ],
    [
      '[{"name":"disk","type":"SCALAR","scalar":{"value":1},"disk":{"persistence":{"id":"v"}}}]',
      /^Persistent volumes cannot/,
    ],
  ];
  for (const [text, reason] of wrong) {
    const { error = '' } = parseResources(text);
    if (typeof reason === 'string') t.is(error, reason, text);
    else t.regex(error, reason, text);
  }
});

test('what was printed as a flag is read back', (t) => {
  t.is(
    parseResources('cpus:4;mem:2048;ports:[31000-32000];disks:{a,b}').value?.toFlag(),
    'cpus:4;mem:2048;ports:[31000-32000];disks:{a,b}',
  );
  fc.assert(
    fc.property(anyGiven, (resources) => {
      const { value } = parseResources(resources.toFlag());
      t.true(value?.equals(resources), resources.toFlag());
    }),
  );
});

test('names and items that the short syntax cannot tell are printed as JSON and read back', (t) => {
  const text = JSON.stringify([{ name: 'a;b', type: 'SET', set: { item: ['x,y', 'z'] } }]);
  const resources = parseResources(text).value;
  t.is(parseResources(resources?.toFlag() ?? '').value?.toFlag(), text);
});

test('any text is read or refused, and never throws', (t) => {
  const pieces = fc.constantFrom(
    'cpus',
    ':',
    ';',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    '-',
    '1',
    '0.5',
    ' ',
    'web',
    '*',
    '"',
    'null',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
      const { error, value } = parseResources(parts.join(''));
      t.is(error === undefined, value !== undefined);
    }),
    { numRuns: 2000 },
  );
});
