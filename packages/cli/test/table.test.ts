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
