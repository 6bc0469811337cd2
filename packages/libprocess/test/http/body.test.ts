import test from 'ava';
import { ProcessError, readBody } from '../../src/index.ts';

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve();
    yield Buffer.from(text);
  }
}

test('a body of exactly the limit is read, one byte more is refused and the rest not asked for', async (t) => {
  t.is((await readBody(chunks('ab', '', 'c'), 3)).toString(), 'abc');
  const body = chunks('ab', 'cd', 'never');
  const error = await t.throwsAsync(readBody(body, 3));
  t.is(error instanceof ProcessError ? error.code : error, 'HTTP_BODY_TOO_LARGE');
  t.true((await body.next()).done);
});
