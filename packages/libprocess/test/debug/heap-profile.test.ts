import test from 'ava';
import { heapProfileSvg, heapProfileText } from '../../src/debug/heap-profile.ts';
import type { HeapProfileNode } from '../../src/debug/heap-profile.ts';

function node(functionName: string, selfSize: number, ...children: HeapProfileNode[]): HeapProfileNode {
  return { callFrame: { functionName, url: functionName === '' ? '' : 'a<b>.js', lineNumber: 4 }, selfSize, children };
}

const profile = { head: node('(root)', 0, node('a', 100, node('b', 300)), node('b', 300), node('', 300)) };

test('the table adds up what a function allocated wherever it was called from, largest first', (t) => {
  t.is(
    heapProfileText(profile),
    [
      'Total: 1000 bytes',
      '         600  60.0% b a<b>.js:5',
      '         300  30.0% (anonymous)',
      '         100  10.0% a a<b>.js:5',
      '',
    ].join('\n'),
  );
  t.is(heapProfileText({ head: node('(root)', 0) }), 'Total: 0 bytes\n');
});

test('the picture has a box for each function, as wide as what it and those it called allocated, below who called it', (t) => {
  const boxes = [...heapProfileSvg(profile).matchAll(/<title>(.*?)<\/title><rect x="(.*?)" y="(.*?)" width="(.*?)"/g)];
  t.deepEqual(
    boxes.map(([, title, x, y, width]) => [title?.split(' ')[0], x, y, width]),
    [
      ['(root)', '0.0', '0', '1200.0'],
      ['a', '0.0', '18', '480.0'],
      ['b', '0.0', '36', '360.0'],
      ['b', '480.0', '18', '360.0'],
      ['(anonymous):', '840.0', '18', '360.0'],
    ],
  );
  t.regex(heapProfileSvg(profile), /a&lt;b&gt;\.js/);
  t.notRegex(heapProfileSvg(profile), /a<b>/);
  t.notThrows(() => heapProfileSvg({ head: node('(root)', 0) }));
});
