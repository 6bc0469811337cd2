import test from 'ava';
import { readHelp } from '../src/endpoint-pages.ts';
import { command } from '../src/example-text.ts';
import { at, leftOut, pretty } from '../src/json.ts';
import { anchorOf, firstSentence, table } from '../src/markdown.ts';
import { relative } from '../src/places.ts';
import { shorten } from '../src/shorten.ts';

test('JSON is on one line where it fits, and what was left out is a comment', (t) => {
  t.is(pretty({ a: [1, 'b'], c: {} }), '{ "a": [1, "b"], "c": {} }');
  t.is(pretty({ a: [1, leftOut] }), '{\n  "a": [\n    1,\n    // …\n  ]\n}');
  const long = 'x'.repeat(100);
  t.is(pretty({ a: long, b: 1 }), `{\n  "a": "${long}",\n  "b": 1\n}`);
});

test('an answer is shortened to the first items or to those that are named, and says so', (t) => {
  const answer = { list: [{ name: 'a' }, { name: 'b' }], other: { x: 1, y: 2 } };
  t.deepEqual(shorten(answer, { '/list': 1 }), { ...answer, list: [{ name: 'a' }, leftOut] });
  t.deepEqual(shorten(answer, { '/list': 2 }), answer);
  t.deepEqual(shorten(answer, { '/list': { by: 'name', only: ['b'] } }), { ...answer, list: [{ name: 'b' }, leftOut] });
  t.deepEqual(shorten(answer, { '/other': { by: '', only: ['y'] } }), {
    ...answer,
    other: { y: 2, [leftOut]: leftOut },
  });
  t.throws(() => shorten(answer, { '/list': { by: 'name', only: ['c'] } }), { message: '/list has no c' });
  t.deepEqual(shorten([{ x: [1, 2] }, { x: [3, 4] }], { '/*/x': 1 }), [{ x: [1, leftOut] }, { x: [3, leftOut] }]);
});

test('a pointer finds members and items, and nothing where there is nothing', (t) => {
  t.is(at({ a: [{ 'b/c': 1 }] }, '/a/0/b~1c'), 1);
  t.is(at({ a: [] }, '/a/0/b'), undefined);
});

test('a command quotes what the shell would read', (t) => {
  const request = { method: 'DELETE', url: 'http://h/a?b=c&d', headers: { A: "it's" } };
  t.is(command(request, { isStream: true }), `curl -N -i -X DELETE 'http://h/a?b=c&d' \\\n  -H 'A: it'\\''s'\n`);
});

test('a page of help is read by its headings, and its parameters become a table', (t) => {
  const help = readHelp(
    '### USAGE ###\n>        /a\n>        /x/a\n\n### TL;DR; ###\nSome.\n\n### DESCRIPTION ###\nIt is.\n\n' +
      '>        p=VALUE   What it is.\n\n### AUTHENTICATION ###\nNone.\n\n',
  );
  t.deepEqual(help, {
    usage: ['/a', '/x/a'],
    summary: 'Some.',
    description: 'It is.\n\n| parameter | what it is |\n| --- | --- |\n| `p=VALUE` | What it is. |\n',
    authentication: 'None.',
    authorization: '',
  });
});

test('headings have the anchors that GitHub gives them', (t) => {
  t.is(anchorOf('Offer.Operation'), 'offeroperation');
  t.is(anchorOf('OFFERS (event)'), 'offers-event');
  t.is(anchorOf('/files/browse'), 'filesbrowse');
});

test('tables keep their cells', (t) => {
  t.is(table(['a'], [['b|c\nd']]), '| a |\n| --- |\n| b\\|c d |\n');
  t.is(table(['a'], []), '');
});

test('a sentence ends where the next one begins', (t) => {
  t.is(firstSentence('In seconds, e.g. 1.5 of them. More.'), 'In seconds, e.g. 1.5 of them.');
  t.is(firstSentence('One'), 'One');
});

test('the way from page to page is a relative one', (t) => {
  t.is(relative('master.md', 'types/task.md'), 'types/task.md');
  t.is(relative('types/task.md', 'master.md'), '../master.md');
  t.is(relative('types/task.md', 'types/ids.md'), 'ids.md');
});
