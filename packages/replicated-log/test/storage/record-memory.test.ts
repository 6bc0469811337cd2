import fc from 'fast-check';
import test from 'ava';
import { levelLogStorage } from '../../src/index.ts';
import { RecordMemory } from '../../src/storage/record-memory.ts';
import { inFolder } from './folder.ts';
import type { Action } from '../../src/index.ts';

/** Bytes that an entry of that position alone has. */
function bytesOf(position: number, length: number): Buffer {
  return Buffer.alloc(length, `entry ${position} `);
}

test('memory of a record is nobody else’s until it is given back', (t) => {
  const step = fc.oneof(
    fc.record({ take: fc.constantFrom(1, 4_095, 4_096, 16_406, 131_072, 131_073, 600_000) }),
    fc.record({ giveBack: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const memory = new RecordMemory();
      const held: { readonly record: Buffer; readonly mark: number }[] = [];
      let mark = 0;
      for (const one of steps) {
        if ('take' in one) {
          const record = memory.take(one.take);
          if (record.length !== one.take) return false;
          record.fill((mark = (mark + 1) % 256));
          held.push({ record, mark });
        } else if (held.length > 0) {
          const [{ record } = { record: Buffer.alloc(0) }] = held.splice(one.giveBack % held.length, 1);
          memory.giveBack(record);
        }
      }
      return held.every(({ record, mark: own }) => record.equals(Buffer.alloc(record.length, own)));
    }),
    { numRuns: 100 },
  );
  t.pass();
});

test('memory that was given back is used again', (t) => {
  const memory = new RecordMemory();
  const buffers = new Set<ArrayBufferLike>();
  for (let round = 0; round < 50; round++) {
    const records = Array.from({ length: 64 }, () => memory.take(16_406));
    for (const { buffer } of records) buffers.add(buffer);
    for (const record of records) memory.giveBack(record);
  }
  t.true(buffers.size <= 4, `${buffers.size} pieces`);
});

test('entries of which many wait for the disk at a time are read as they were written', async (t) => {
  await inFolder(async (path) => {
    const storage = levelLogStorage({ path });
    await storage.recover();
    const actions = Array.from({ length: 600 }, (_, position): Action => {
      const value = { type: 'append', bytes: bytesOf(position, 4_000 + ((position * 997) % 20_000)) } as const;
      return { position, promised: 1, performed: 1, value };
    });
    for (const some of [actions.slice(0, 200), actions.slice(200, 400), actions.slice(400)]) {
      await Promise.all(some.map((action) => storage.persist({ actions: [action] })));
    }
    t.deepEqual(await storage.read(0, 599), actions);
    await storage.close();
  });
});
