import { spawnSync } from 'node:child_process';
import test from 'ava';
import fc from 'fast-check';
import { countWords } from '../../src/wordcount/count.ts';
import { Totals, parseResult } from '../../src/wordcount/totals.ts';

function wc(text: Buffer, locale: string): number {
  const result = spawnSync('wc', ['-w'], { input: text, env: { ...process.env, LC_ALL: locale } });
  return Number(result.stdout.toString());
}

const texts = [
  'one two  three\n',
  'a — b → c\n',
  'non\u00A0breaking\u2003em\u3000wide\u2060joined',
  ' \t\r\n\f\v ',
  'control \u0001 \u007f alone',
  'naïve Ünïcode 漢字 かな',
  'ends without newline',
];

for (const text of texts) {
  test(`${JSON.stringify(text)} has as many words as wc -w counts, by bytes and in UTF-8`, (t) => {
    const bytes = Buffer.from(text);
    t.is(countWords(bytes, 'bytes').words, wc(bytes, 'C'));
    t.is(countWords(bytes, 'utf-8').words, wc(bytes, 'C.UTF-8'));
  });
}

test('bytes that are no UTF-8 are no words of their own, as for wc -w', (t) => {
  const bytes = Buffer.from([0x61, 0x20, 0xff, 0x20, 0x62, 0xfe, 0x63]);
  t.is(countWords(bytes, 'utf-8').words, wc(bytes, 'C.UTF-8'));
  t.is(countWords(bytes, 'bytes').words, wc(bytes, 'C'));
});

test('any ASCII text has as many words as wc -w counts', (t) => {
  const ascii = fc.array(fc.integer({ min: 1, max: 126 }), { maxLength: 200 });
  fc.assert(
    fc.property(ascii, (codes) => countWords(Buffer.from(codes), 'bytes').words === wc(Buffer.from(codes), 'C')),
    { numRuns: 50 },
  );
  t.pass();
});

test('words are counted without regard to case and surrounding punctuation, whatever they are called', (t) => {
  const { counts } = countWords(Buffer.from('The "the" (THE) __proto__ constructor constructor'), 'utf-8');
  t.deepEqual({ ...counts }, { the: 3, proto: 1, constructor: 2 });
});

test('a shard that is added twice counts once', (t) => {
  const totals = new Totals();
  t.true(totals.add(0, { words: 3, counts: { a: 2, b: 1 } }));
  t.true(totals.add(1, { words: 2, counts: { b: 2 } }));
  t.false(totals.add(1, { words: 2, counts: { b: 2 } }));
  t.is(totals.words, 5);
  t.deepEqual(totals.top(2), [
    ['b', 3],
    ['a', 2],
  ]);
});

test('a result that is cut short or of another shape is not taken', (t) => {
  t.deepEqual(parseResult('{"words":1,"counts":{"a":1}}'), { words: 1, counts: { a: 1 } });
  for (const text of ['', '{"words":1', 'null', '{"words":"1","counts":{}}', '{"words":1,"counts":{"a":"x"}}']) {
    t.is(parseResult(text), undefined);
  }
});
