import { gzipSync } from 'node:zlib';
import test from 'ava';
import { readBody, readJson, readText } from '../../src/index.ts';
import { boundedBody } from '../../src/http/body.ts';
import { gunzip } from '../../src/http/node-gzip.ts';
import { TestClock } from '../../src/testing/index.ts';
import { codeOf } from '../support/promises.ts';

async function* chunks(...texts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve();
    yield Buffer.from(text);
  }
}

function request(body: string | Uint8Array, type?: string): Parameters<typeof readText>[0] {
  return { headers: type === undefined ? {} : { 'content-type': type }, body: chunks(body) };
}

test('a body of exactly the limit is read, one byte more is refused and the rest not asked for', async (t) => {
  t.is((await readBody(chunks('ab', '', 'c'), 3)).toString(), 'abc');
  const body = chunks('ab', 'cd', 'never');
  t.is(await codeOf(readBody(body, 3)), 'HTTP_BODY_TOO_LARGE');
  t.true((await body.next()).done);
});

test('a bounded body ends at its bytes, and its source is told', async (t) => {
  const clock = new TestClock();
  const source = chunks('ab', 'cd', 'never');
  t.is(await codeOf(readBody(boundedBody(source, { bytesMax: 3, timeoutMs: 10, clock }), 100)), 'HTTP_BODY_TOO_LARGE');
  t.true((await source.next()).done);
  t.is((await readBody(boundedBody(chunks('abc'), { bytesMax: 3, timeoutMs: 10, clock }), 100)).toString(), 'abc');
});

test('a bounded body ends when its time is over, counted from the first read, however steadily it trickles', async (t) => {
  const clock = new TestClock();
  async function* trickle(): AsyncGenerator<Uint8Array> {
    for (;;) {
      await new Promise<void>((resolve) => {
        clock.timer(400, resolve);
      });
      yield Buffer.from('x');
    }
  }
  const body = boundedBody(trickle(), { bytesMax: Infinity, timeoutMs: 1_000, clock });
  await clock.advance(5_000);
  const reading = codeOf(readBody(body, 100));
  await clock.advance(999);
  await clock.advance(1);
  t.is(await reading, 'HTTP_BODY_TIMEOUT');
  const silent = boundedBody(
    { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) },
    {
      bytesMax: 1,
      timeoutMs: 10,
      clock,
    },
  );
  const waiting = codeOf(readBody(silent, 100));
  await clock.advance(10);
  t.is(await waiting, 'HTTP_BODY_TIMEOUT');
  const unbounded = boundedBody(chunks('a'), { bytesMax: Infinity, timeoutMs: Infinity, clock });
  t.is((await readBody(unbounded, 10)).toString(), 'a');
});

test('a reader of a bounded body that leaves off without a word leaves no timer', async (t) => {
  const clock = new TestClock();
  const body = boundedBody(chunks('a', 'b'), { bytesMax: 2, timeoutMs: 1_000, clock });
  const iterator = body[Symbol.asyncIterator]();
  t.false((await iterator.next()).done);
  t.is(clock.timers, 0);
  await clock.advance(1_000);
  t.is(await codeOf(iterator.next()), 'HTTP_BODY_TIMEOUT');
});

test('text is read in its charset; an unknown one is 415, what is no text in it 400', async (t) => {
  t.is(await readText(request('pässwörd'), 100), 'pässwörd');
  t.is(await readText(request(Buffer.from('päss', 'latin1'), 'text/plain; charset=ISO-8859-1'), 100), 'päss');
  t.is(await readText(request(Buffer.from('pä', 'utf16le'), 'text/plain;charset="utf-16le"'), 100), 'pä');
  t.is(await codeOf(readText(request('x', 'text/plain; charset=klingon'), 100)), 'HTTP_MEDIA_TYPE_UNSUPPORTED');
  t.is(await codeOf(readText(request(Buffer.of(0xff, 0xfe, 0xff)), 100)), 'HTTP_BODY_INVALID');
  t.is(await codeOf(readText(request('too long'), 3)), 'HTTP_BODY_TOO_LARGE');
});

test('JSON that would change prototypes is refused however it is written, other JSON read as it is', async (t) => {
  t.deepEqual(await readJson(request('{"a":[1,null,{"constructor":"x","\\u0061":2}]}'), 100), {
    a: [1, null, { constructor: 'x', a: 2 }],
  });
  for (const text of [
    '{"__proto__":{"admin":true}}',
    '[{"a":{"__proto__":1}}]',
    '{"\\u005f_proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"const\\u0072uctor":{"prototype":1}}',
  ]) {
    t.is(await codeOf(readJson(request(text), 100)), 'HTTP_BODY_INVALID', text);
  }
  for (const text of ['', '{', 'undefined', '{"a":1}x', "{'a':1}"]) {
    t.is(await codeOf(readJson(request(text), 100)), 'HTTP_BODY_INVALID', text);
  }
  t.is(({} as Record<string, unknown>)['admin'], undefined);
});

test('gzip is decompressed while it arrives, in however small pieces', async (t) => {
  const plain = Buffer.from(Array.from({ length: 5_000 }, (_, index) => `line ${index}\n`).join(''));
  const packed = gzipSync(plain);
  t.deepEqual(await readBody(gunzip(chunks(packed)), 1e6), plain);
  const bytes = Array.from(packed, (byte) => Buffer.of(byte));
  t.deepEqual(await readBody(gunzip(chunks(...bytes)), 1e6), plain);
  t.deepEqual(await readBody(gunzip(chunks(packed, packed)), 1e6), Buffer.concat([plain, plain]));
});

test('what is not gzip, is cut off or has an error in its source fails, with the reason', async (t) => {
  const packed = gzipSync('hello');
  const flipped = Buffer.from(packed);
  flipped[flipped.length - 5] = (flipped[flipped.length - 5] ?? 0) ^ 1;
  for (const body of ['not gzip at all', packed.subarray(0, -1), packed.subarray(0, 12), flipped]) {
    t.is(await codeOf(readBody(gunzip(chunks(body)), 1e6)), 'HTTP_BODY_INVALID');
  }
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield packed.subarray(0, 5);
    await Promise.reject(new Error('cut'));
  }
  await t.throwsAsync(readBody(gunzip(broken()), 1e6), { message: 'cut' });
});

test('a compression bomb is refused by its ratio long before it is whole, and one in small layers by its length', async (t) => {
  const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
  let bytes = 0;
  const reading = (async () => {
    for await (const chunk of gunzip(chunks(bomb))) bytes += chunk.length;
  })();
  t.is(await codeOf(reading), 'HTTP_BODY_TOO_LARGE');
  t.true(bytes <= 11 * 1024 * 1024, `${bytes}`);
  const layer = gzipSync(Buffer.alloc(600_000));
  t.is(await codeOf(readBody(gunzip(chunks(layer)), 100_000)), 'HTTP_BODY_TOO_LARGE');
});
