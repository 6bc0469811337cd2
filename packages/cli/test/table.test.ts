import test from 'ava';
import { formatTable } from '../src/table.ts';

test('columns are as wide as their widest cell, and lines end where their text does', (t) => {
  const rows = [
    ['1', 'long name', ''],
    ['12345', 'x', 'end'],
  ];
  t.is(
    formatTable(['ID', 'NAME', 'LAST'], rows),
    ['ID     NAME       LAST', '1      long name', '12345  x          end', ''].join('\n'),
  );
});

test('without rows there is a heading', (t) => {
  t.is(formatTable(['ID', 'NAME'], []), 'ID  NAME\n');
});

test('what would move the cursor is not printed', (t) => {
  t.is(formatTable(['ID'], [['a\u001B[2Jb\nc']]), 'ID\na?[2Jb?c\n');
});

test('what would turn the direction of a line, or end it, is not printed either', (t) => {
  t.is(formatTable(['ID'], [['a\u202Eb\u2028c\u2066d']]), 'ID\na?b?c?d\n');
});

test('letters of two columns, and those of several code points, keep the columns straight', (t) => {
  const rows = ['監視', 'e\u0301e\u0301', '🔭', 'ab'].map((name) => [name, 'x']);
  t.is(formatTable(['ID', 'X'], rows), 'ID    X\n監視  x\ne\u0301e\u0301    x\n🔭    x\nab    x\n');
});

test('a table may have very many rows', (t) => {
  const rows = Array.from({ length: 300_000 }, (_, index) => [String(index), 'x']);
  t.true(formatTable(['ID', 'X'], rows).endsWith('299999  x\n'));
});
