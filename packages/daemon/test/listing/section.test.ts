import { crc32, gunzipSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { approveAll } from '../../src/index.ts';
import { combinedCrc, gzipHeader, gzipTrailer, packed } from '../../src/listing/gzip.ts';
import { Section, type Kind } from '../../src/listing/section.ts';

interface Leaf {
  readonly text: string;
}

const plain: Kind<Leaf> = { lead: ',', tag: 0, text: ({ text }) => text };
const field: Kind<Leaf> = { lead: '', tag: 10, text: ({ text }) => text };

/** A section, and the bytes of its blocks. */
class Listed {
  readonly blocks = new Map<number, Uint8Array>();
  readonly section: Section;
  #number = 0;
  #revision = 0;

  constructor() {
    const store = {
      approvers: approveAll,
      added: (bytes: Uint8Array) => {
        this.blocks.set(++this.#number, bytes);
        return this.#number;
      },
      dropped: ({ number }: { readonly number: number }) => {
        if (!this.blocks.delete(number)) throw new RangeError(`${number} was dropped before`);
      },
    };
    this.section = new Section(store, 1);
  }

  update(leaves: readonly Leaf[], kind = plain): Buffer {
    const update = this.section.update(++this.#revision, function* (writer): Generator<undefined, void> {
      for (const each of leaves) {
        writer.add(each, kind);
        yield;
      }
    });
    while (update.next().done !== true);
    return Buffer.concat(this.section.blocks.map(({ number }) => this.blocks.get(number) ?? new Uint8Array()));
  }
}

function leaf(length: number, name: number): Leaf {
  return { text: String(name).padEnd(length, '.') };
}

test('whatever comes, goes or is replaced in a list, its blocks are all of it, and no others are kept', (t) => {
  const change = fc.tuple(fc.constantFrom('add', 'remove', 'replace', 'reverse'), fc.nat(), fc.nat(40_000));
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 12 }), (rounds) => {
      const listed = new Listed();
      const leaves = Array.from({ length: 30 }, (_, index) => leaf(20_000, index));
      for (const round of rounds) {
        for (const [what, which, length] of round) {
          const at = which % (leaves.length + 1);
          if (what === 'add') leaves.splice(at, 0, leaf(length, which));
          else if (what === 'remove') leaves.splice(at, 1);
          else if (what === 'replace') leaves.splice(at, 1, leaf(length, which));
          else leaves.splice(at, leaves.length, ...leaves.slice(at).toReversed());
        }
        const bytes = listed.update(leaves);
        t.is(bytes.toString('latin1'), leaves.map(({ text }) => `,${text}`).join(''));
        t.is(listed.section.length, bytes.length);
        const told = listed.section.blocks.map(({ number }) => number);
        t.is(listed.blocks.size, told.length);
        t.true(told.every((number) => listed.blocks.has(number)));
      }
    }),
    { numRuns: 100 },
  );
});

test('only the block of what has changed is made anew', (t) => {
  const listed = new Listed();
  const leaves = Array.from({ length: 1_000 }, (_, index) => leaf(2_000, index));
  listed.update(leaves);
  for (const [what, happens] of [
    ['replaced', () => leaves.splice(500, 1, leaf(2_000, -1))],
    ['added', () => leaves.splice(300, 0, leaf(2_000, -2))],
    ['removed', () => leaves.splice(700, 1)],
    ['added at the end', () => leaves.push(leaf(2_000, -3))],
    ['nothing', () => undefined],
  ] as const) {
    const before = new Set(listed.section.blocks);
    const { version } = listed.section;
    happens();
    listed.update(leaves);
    const made = listed.section.blocks.filter((block) => !before.has(block)).length;
    t.is(made, what === 'nothing' ? 0 : 1, what);
    t.is(listed.section.version, version + made);
  }
});

test('what is told otherwise than before is written anew', (t) => {
  const listed = new Listed();
  const leaves = [leaf(10, 1), leaf(10, 2)];
  const before = listed.update(leaves);
  t.is(listed.update(leaves, field).length, before.length + 2);
  t.true(listed.update(leaves).equals(before));
});

test('fields of protobuf have a tag and a length', (t) => {
  const bytes = new Listed().update([leaf(300, 7)], field);
  t.deepEqual([...bytes.subarray(0, 4)], [10, 0xac, 2, 0x37]);
  t.is(bytes.length, 303);
});

test('parts that were compressed each by itself are one file of gzip', async (t) => {
  const parts = [
    Buffer.from('a'.repeat(100_000)),
    Buffer.from('of'),
    Buffer.from(''),
    Buffer.from('gzip'.repeat(70_000)),
  ];
  const done = await Promise.all(parts.map((part) => packed(part)));
  const file = Buffer.concat([gzipHeader, ...done.map(({ bytes }) => bytes), gzipTrailer(done)]);
  t.true(gunzipSync(file).equals(Buffer.concat(parts)));
});

test('the CRC of two runs of bytes follows from theirs', (t) => {
  const bytes = fc.uint8Array({ maxLength: 3_000 });
  fc.assert(
    fc.property(bytes, bytes, (first, second) => {
      t.is(combinedCrc(crc32(first), crc32(second), second.length), crc32(Buffer.concat([first, second])));
    }),
    { numRuns: 200 },
  );
});
