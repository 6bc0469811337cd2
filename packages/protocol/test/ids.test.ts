import test from 'ava';
import fc from 'fast-check';
import { formatUuid, isUuid, parseUuid, randomUuid, validateId } from '../src/index.ts';

test('ids that cannot name a folder are refused', (t) => {
  for (const id of ['a', 'a.b', '...', 'größe', 'x'.repeat(255)]) t.is(validateId(id), undefined, id);
  t.is(validateId(''), 'ID must not be empty');
  t.is(validateId('x'.repeat(256)), 'ID must not be greater than 255 characters');
  t.is(validateId('ö'.repeat(128)), 'ID must not be greater than 255 characters');
  for (const id of ['.', '..']) t.is(validateId(id), `'${id}' is disallowed`);
  for (const id of ['a/b', 'a\\b', 'a\n', '\0', 'a\u007f']) t.is(validateId(id), `'${id}' contains invalid characters`);
});

test('a UUID goes from bytes to text and back', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      t.deepEqual(parseUuid(formatUuid(bytes)), bytes);
      t.true(isUuid(randomUuid(bytes)));
      t.regex(formatUuid(randomUuid(bytes)), /^.{14}4.{4}[89ab]/);
    }),
  );
  t.is(formatUuid(Uint8Array.from({ length: 16 }, (_, i) => i)), '00010203-0405-0607-0809-0a0b0c0d0e0f');
});

test('what is no UUID is told', (t) => {
  for (const text of [
    '',
    '00010203-0405-0607-0809-0a0b0c0d0e0',
    '000102030405060708090a0b0c0d0e0f',
    'g0010203-0405-0607-0809-0a0b0c0d0e0f',
  ]) {
    t.is(parseUuid(text), undefined);
  }
  t.false(isUuid(new Uint8Array(15)));
  t.true(isUuid(new Uint8Array(16).fill(0x47)));
  for (const version of [0x00, 0x07, 0x60, 0xff]) t.false(isUuid(new Uint8Array(16).fill(version)), String(version));
});
