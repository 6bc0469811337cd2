import test from 'ava';
import { SeededRandom, SystemRandom, formatUuid } from '../../src/index.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const draw = (seed: number): unknown[] => {
  const random = new SeededRandom(seed);
  return [random.next(), random.uuid(), random.id(), [...random.bytes(4)]];
};

test('the same seed gives the same, another seed something else', (t) => {
  t.deepEqual(draw(1), draw(1));
  t.notDeepEqual(draw(1), draw(2));
});

for (const random of [new SeededRandom(5), new SystemRandom()]) {
  test(`${random.constructor.name} keeps to the ranges and forms, and does not repeat itself`, (t) => {
    const [uuids, ids] = [new Set<string>(), new Set<string>()];
    for (let index = 0; index < 1_000; index++) {
      const number = random.next();
      t.true(number >= 0 && number < 1);
      uuids.add(random.uuid());
      ids.add(random.id());
    }
    t.deepEqual([uuids.size, ids.size], [1_000, 1_000]);
    for (const text of uuids) t.regex(text, uuid);
    for (const id of ids) t.regex(id, /^[\w-]{21}$/);
    t.is(random.bytes(7).length, 7);
  });
}

test('a UUID is the text of its 16 bytes with version and variant set', (t) => {
  t.is(formatUuid(new Uint8Array(16).fill(0xff)), 'ffffffff-ffff-4fff-bfff-ffffffffffff');
});
