import test from 'ava';
import { acceptsEncoding, acceptsMediaType, parseMediaType, preferredMediaType } from '../../src/index.ts';

function parsed(text: string): unknown {
  const media = parseMediaType(text);
  return media === undefined ? undefined : [media.type, { ...media.parameters }];
}

test('Accept allows a type by its name, by type/* and by */*, the most exact of them deciding, as in libprocess', (t) => {
  for (const [accept, type, allowed] of [
    [undefined, 'text/html', true],
    ['', 'text/html', false],
    ['text/html', 'text/html', true],
    ['TEXT/HTML', 'text/html', true],
    ['text/*', 'text/html', true],
    ['*/*', 'text/html', true],
    ['text/*;q=0.0, */*', 'text/html', false],
    ['text/html;q=0, text/*', 'text/html', false],
    ['text/html; q=0.1, text/*;q=0', 'text/html', true],
    ['text/html;q=', 'text/html', false],
    ['text/html;q=x', 'text/html', false],
    ['text/html;level=1', 'text/html', true],
    ['application/json, ,;,', 'text/html', false],
    ['application/json, application/x-protobuf', 'application/x-protobuf', true],
  ] as const) {
    t.is(acceptsMediaType(accept, type), allowed, `${accept}: ${type}`);
  }
});

test('of several types the one with the highest q is preferred, of equal ones the first offered; none is undefined', (t) => {
  const offered = ['application/json', 'application/x-protobuf'] as const;
  t.is(preferredMediaType(undefined, offered), 'application/json');
  t.is(preferredMediaType('*/*', offered), 'application/json');
  t.is(preferredMediaType('application/x-protobuf, application/json', offered), 'application/json');
  t.is(preferredMediaType('application/json;q=0.5, application/x-protobuf;q=0.8', offered), 'application/x-protobuf');
  t.is(preferredMediaType('application/json;q=0, */*;q=0.1', offered), 'application/x-protobuf');
  t.is(preferredMediaType('text/html', offered), undefined);
  t.is(preferredMediaType('*/*;q=0', offered), undefined);
});

test('Accept-Encoding allows a coding by its name or *, not without the header and not with a q of 0', (t) => {
  for (const [accept, allowed] of [
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP', true],
    ['deflate, gzip;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip;q=0.000', false],
    ['gzip;q=nothing', false],
    ['deflate', false],
    ['*', true],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['*;q=0, gzip', true],
  ] as const) {
    t.is(acceptsEncoding(accept === undefined ? {} : { 'accept-encoding': accept }, 'gzip'), allowed, accept);
  }
});

test('a media type is parsed with its parameters, and what is none is undefined', (t) => {
  t.deepEqual(parsed('application/json'), ['application/json', {}]);
  t.deepEqual(parsed(' Text/HTML ; Charset=UTF-8'), ['text/html', { charset: 'UTF-8' }]);
  t.deepEqual(parsed('a/b;x="1;\\"2\\"";y=3;'), ['a/b', { x: '1;"2"', y: '3' }]);
  t.deepEqual(parsed('a/b;x=1;x=2'), ['a/b', { x: '1' }]);
  for (const text of ['', 'json', 'a/', '/b', 'a b/c', 'a/b c', 'a/b;x', 'a/b;x=', 'a/b;="1"', 'a/b;x="1', 'a/b/c']) {
    t.is(parsed(text), undefined, text);
  }
  const odd = parseMediaType('a/b;__proto__=1;constructor=2')?.parameters ?? {};
  t.is(Object.getPrototypeOf(odd), null);
  t.is(odd['constructor'], '2');
});

test('a media type of any length is parsed in time that grows with it', (t) => {
  const long = `a/b${';x="\\"'.repeat(20_000)}`;
  t.is(parseMediaType(long), undefined);
  t.is(parseMediaType(`a/b${' '.repeat(50_000)}x`), undefined);
  t.is(preferredMediaType(`${'text/html;q=0,'.repeat(20_000)}a/b`, ['a/b']), 'a/b');
});
