import test from 'ava';
import fc from 'fast-check';
import { BlockWriter } from '../../src/registrar/blocks.ts';

interface Item {
  readonly text: string;
}

const item = fc.nat({ max: 1_000_000 }).map((number): Item => ({ text: `${number};` }));
const change = fc.record({
  at: fc.nat({ max: 700 }),
  deleted: fc.nat({ max: 300 }),
  added: fc.array(item, { maxLength: 300 }),
});

test('a list that is written again after some of it has changed is in every byte what it is', (t) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
      const writer = new BlockWriter<Item>(({ text }) => Buffer.from(text));
      const items: Item[] = [];
      for (const { added, at, deleted } of changes) {
        items.splice(Math.min(at, items.length), deleted, ...added);
        t.is(Buffer.concat(writer.write(items)).toString(), items.map(({ text }) => text).join(''));
      }
    }),
  );
});

test('what is there is not put together again for what comes at the end, nor written again for what goes', (t) => {
  let written = 0;
  const writer = new BlockWriter<Item>(({ text }) => {
    written++;
    return Buffer.from(text);
  });
  const items = Array.from({ length: 1_000 }, (_, index) => ({ text: `${index};` }));
  const before = writer.write(items);
  const after = writer.write([...items, { text: 'another;' }]);
  t.true(before.length > 2);
  t.deepEqual(
    after.map((bytes, index) => bytes === before[index]),
    before.map((_, index) => index < before.length - 1),
  );
  writer.write(items.slice(1));
  t.is(written, 1_001);
});
