import test from 'ava';
import fc from 'fast-check';
import { WireServer, statuses, tell, told } from '../support/http-wire.ts';

const get = 'GET /next HTTP/1.1\r\nHost: x\r\n\r\n';

function post(headers: string, body = ''): string {
  return `POST / HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
}

function bytesOf(text: string): string[] {
  return Array.from(Buffer.from(text, 'latin1'), (byte) => String.fromCodePoint(byte));
}

const chunked = 'Transfer-Encoding: chunked\r\n';

/** What two servers could read differently, or what is no HTTP, with the status that it is refused with. */
const refused: Readonly<Record<string, readonly [request: string, status: number]>> = {
  'both lengths, the coding second': [post(`Content-Length: 5\r\n${chunked}`, '0\r\n\r\n'), 400],
  'both lengths, the coding first': [post(`${chunked}Content-Length: 5\r\n`, '0\r\n\r\n'), 400],
  'an empty coding beside a length': [post('Transfer-Encoding: \r\nContent-Length: 1\r\n', 'a'), 400],
  'two lengths': [post('Content-Length: 1\r\nContent-Length: 2\r\n', 'ab'), 400],
  'one length twice': [post('Content-Length: 1\r\nContent-Length: 1\r\n', 'a'), 400],
  'a list of lengths': [post('Content-Length: 1, 1\r\n', 'a'), 400],
  'a length with a sign': [post('Content-Length: +1\r\n', 'a'), 400],
  'a negative length': [post('Content-Length: -1\r\n', 'a'), 400],
  'a length in hexadecimal': [post('Content-Length: 0x1\r\n', 'a'), 400],
  'a length beyond 64 bits': [post('Content-Length: 99999999999999999999999\r\n', 'a'), 400],
  'an empty length': [post('Content-Length: \r\n'), 400],
  'a blank before the colon': [post('Content-Length : 1\r\n', 'a'), 400],
  'a coding of two kinds': [post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 501],
  'chunked not last': [post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n'), 400],
  'chunked twice': [post(`${chunked}${chunked}`, '0\r\n\r\n'), 400],
  'a coding that only looks like chunked': [post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), 501],
  'a coding behind a vertical tab': [post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'), 400],
  'a coding on the next line': [post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n'), 400],
  'the coding identity': [post('Transfer-Encoding: identity\r\n', '0\r\n\r\n'), 501],
  'a coding in HTTP/1.0': [`POST / HTTP/1.0\r\n${chunked}\r\n0\r\n\r\n`, 400],
  'a folded line': [post('A: b\r\n c\r\n'), 400],
  'a blank before the first field': ['GET / HTTP/1.1\r\n Host: x\r\n\r\n', 400],
  'lines that end with LF': ['GET / HTTP/1.1\nHost: x\n\n', 400],
  'one line that ends with LF': ['GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n', 400],
  'a CR within a line': ['GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n', 400],
  'a NUL in a value': [post('A: b\0c\r\n'), 400],
  'two hosts': ['GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n', 400],
  'a field without a name': [post(': x\r\n'), 400],
  'a chunk size beyond 64 bits': [post(chunked, 'fffffffffffffffff\r\nab'), 400],
  'a negative chunk size': [post(chunked, '-1\r\nab'), 400],
  'a chunk size with 0x': [post(chunked, '0x2\r\nab\r\n0\r\n\r\n'), 400],
  'a chunk size with a blank': [post(chunked, '2 \r\nab\r\n0\r\n\r\n'), 400],
  'a chunk size that ends with LF': [post(chunked, '2\nab\r\n0\r\n\r\n'), 400],
  'a chunk longer than its size': [post(chunked, '2\r\nabc\r\n0\r\n\r\n'), 400],
  'a chunk that ends with LF': [post(chunked, '2\r\nab\n0\r\n\r\n'), 400],
  'an LF in a chunk extension': [post(chunked, '2;a\nb\r\nab\r\n0\r\n\r\n'), 400],
  'a flood of chunk extensions': [post(chunked, `2;${'a'.repeat(100_000)}\r\nab\r\n0\r\n\r\n`), 413],
  'a flood of trailers': [post(chunked, `0\r\n${'A: b\r\n'.repeat(20_000)}\r\n`), 431],
  'a length in a trailer': [post(chunked, '0\r\nContent-Length: 5\r\n\r\n'), 400],
  'HTTP/0.9': ['GET /\r\n\r\n', 505],
  'HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  'HTTP/1.2': ['GET / HTTP/1.2\r\n\r\n', 400],
  'a blank in the target': ['GET /a b HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  'a control character in the target': ['GET /a\x01 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  'a byte beyond ASCII in the target': ['GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n', 400],
};

for (const [title, [request, status]] of Object.entries(refused)) {
  test(`${title}: ${status}, and nothing behind it is taken for a request, in one piece or byte by byte`, async (t) => {
    for (const pieces of [[request + get], [...bytesOf(request), get]]) {
      const server = new WireServer(tell);
      const wire = server.connect();
      wire.feed(...pieces);
      const sent = await wire.until(() => false);
      t.deepEqual(statuses(sent), [status]);
      t.deepEqual(told(sent), []);
      t.false(server.asked.includes('/next'));
      t.is(server.refused.length, 1);
      t.regex(sent, /\r\nconnection: close\r\n/i);
    }
  });
}

const whole = [
  'POST /one?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello',
  `POST /two HTTP/1.1\r\nHost: x\r\n${chunked}\r\n3;name=value\r\nabc\r\n0a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n`,
  'GET /three HTTP/1.1\r\nHost: x\r\n\r\n',
  'DELETE http://x/four HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
].join('');
const wholeTold = ['POST /one?a=1 hello', 'POST /two abc0123456789', 'GET /three ', 'DELETE /four '];

test('pipelined requests are answered the same wherever they are split', async (t) => {
  const server = new WireServer(tell);
  for (let cut = 0; cut <= whole.length; cut++) {
    const wire = server.connect();
    wire.feed(whole.slice(0, cut));
    // The first piece has been read before the second comes.
    await Promise.resolve();
    wire.feed(whole.slice(cut));
    t.deepEqual(told(await wire.until((sent) => told(sent).length === wholeTold.length)), wholeTold, `cut at ${cut}`);
    wire.destroy();
  }
  const wire = server.connect();
  wire.feed(...bytesOf(whole));
  t.deepEqual(told(await wire.until((sent) => told(sent).length === wholeTold.length)), wholeTold);
  wire.destroy();
  t.deepEqual(server.refused, []);
});

const token = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const body = fc.stringMatching(/^[a-zA-Z0-9 ]{0,40}$/);
const valid = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
  path: fc.array(token, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
  fields: fc.array(fc.tuple(token, fc.stringMatching(/^[!-~]{0,20}$/)), { maxLength: 5 }),
  pieces: fc.array(body, { maxLength: 4 }),
  isChunked: fc.boolean(),
  extension: fc.constantFrom('', ';a', ';a=b', ';a="b;c"'),
});

function write(request: {
  method: string;
  path: string;
  fields: [string, string][];
  pieces: string[];
  isChunked: boolean;
  extension: string;
}): { bytes: string; expected: string } {
  const { extension, fields, isChunked, method, path, pieces } = request;
  const text = pieces.join('');
  const more = fields.map(([name, value]) => `x-${name}: ${value}\r\n`).join('');
  const chunks = pieces
    .filter((piece) => piece !== '')
    .map((piece) => `${piece.length.toString(16)}${extension}\r\n${piece}\r\n`)
    .join('');
  const length = isChunked ? chunked : `Content-Length: ${text.length}\r\n`;
  return {
    bytes: `${method} ${path} HTTP/1.1\r\nHost: x\r\n${more}${length}\r\n${isChunked ? `${chunks}0\r\n\r\n` : text}`,
    expected: `${method} ${path} ${text}`,
  };
}

test('any pipeline of valid requests, in any pieces, is answered in order and whole', async (t) => {
  const server = new WireServer(tell);
  await fc.assert(
    fc.asyncProperty(
      fc.array(valid, { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      async (requests, cuts) => {
        const written = requests.map((request) => write(request));
        const bytes = written.map((request) => request.bytes).join('');
        const at = [...new Set(cuts.map((cut) => cut % bytes.length))].toSorted((a, b) => a - b);
        const wire = server.connect();
        for (const [index, cut] of [0, ...at].entries()) wire.feed(bytes.slice(cut, at[index] ?? bytes.length));
        const sent = await wire.until((text) => told(text).length >= requests.length);
        wire.destroy();
        t.deepEqual(
          told(sent),
          written.map((request) => request.expected),
        );
      },
    ),
    { numRuns: 200 },
  );
  t.deepEqual(server.refused, []);
});

test('valid requests with random bytes changed never get more answers than requests, and a refusal is the last', async (t) => {
  const server = new WireServer(tell);
  await fc.assert(
    fc.asyncProperty(
      fc.array(valid, { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
      async (requests, changes) => {
        const bytes = Buffer.from(requests.map((request) => write(request).bytes).join(''), 'latin1');
        for (const [position, value] of changes) bytes[position % bytes.length] = value;
        const wire = server.connect();
        wire.feed(bytes);
        wire.push(null);
        const answers = statuses(await wire.until(() => false));
        t.true(answers.every((status, index) => status === 200 || index === answers.length - 1 || status === 417));
      },
    ),
    { numRuns: 300 },
  );
});
