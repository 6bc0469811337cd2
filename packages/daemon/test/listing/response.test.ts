import test from 'ava';
import fc from 'fast-check';
import { listingResponse } from '../../src/listing/response.ts';
import type { HttpResponse } from '@mesos-ts/libprocess';
import type { ListingAnswer } from '../../src/listing/composer.ts';

function told(parts: readonly Uint8Array[]): ListingAnswer {
  return { tag: 'tag', isGzip: false, length: parts.reduce((sum, { length }) => sum + length, 0), parts };
}

async function pieces(parts: readonly Uint8Array[], turn: () => Promise<void>): Promise<Uint8Array[]> {
  const options = { request: { headers: {} }, contentType: 'a/b', owner: 'owner', turn };
  const { body } = await listingResponse(() => Promise.resolve(told(parts)), options);
  const sent: Uint8Array[] = [];
  for await (const piece of body as AsyncIterable<Uint8Array>) sent.push(piece);
  return sent;
}

test('parts of any length leave whole and in order, the short ones together, half a mebibyte in a turn', async (t) => {
  const lengths = fc.array(fc.oneof(fc.nat(5_000), fc.nat(200_000)), { maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(lengths, async (given) => {
      const parts = given.map((length, index) => new Uint8Array(length).fill(index));
      let turns = 0;
      const sent = await pieces(parts, () => {
        turns++;
        return Promise.resolve();
      });
      t.true(Buffer.concat(sent).equals(Buffer.concat(parts)));
      const length = Buffer.concat(parts).length;
      t.true(
        turns <= length / (512 * 1024) && turns >= Math.floor(length / (512 * 1024 + 200_000)) - 1,
        `${turns} turns`,
      );
      // What is long is not copied.
      t.true(parts.filter((part) => part.length >= 32 * 1024).every((part) => sent.includes(part)));
      const short = sent.filter(
        (piece, index) => piece.length < 32 * 1024 && (sent[index + 1]?.length ?? 0) < 32 * 1024,
      );
      t.true(short.length <= 1);
    }),
    { numRuns: 60 },
  );
});

function ask(header: string): Promise<HttpResponse> {
  return listingResponse(() => Promise.resolve(told([])), {
    request: { headers: { 'if-none-match': header } },
    contentType: 'a/b',
    owner: 'owner',
  });
}

test('whoever has the same answer is told so, by any of the tags that it names', async (t) => {
  for (const header of ['W/"owner-tag"', '"owner-tag"', '"x", W/"owner-tag"', '*'])
    t.is((await ask(header)).status, 304);
  for (const header of ['W/"other-tag"', '"owner-ta"', '']) t.is((await ask(header)).status, 200);
});
