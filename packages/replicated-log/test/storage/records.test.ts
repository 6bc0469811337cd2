import test from 'ava';
import fc from 'fast-check';
import { LogError } from '../../src/index.ts';
import { checksum, crc32c } from '../../src/storage/checksum.ts';
import { isTableWhole, readJournal, readManifest } from '../../src/storage/level-files.ts';
import {
  actionKey,
  checksumOf,
  decodeRecord,
  encodeAction,
  encodeLearned,
  encodeMetadata,
  encodeSummary,
  learnedKey,
  metadataKey,
  summaryKey,
  withSummary,
} from '../../src/storage/records.ts';
import { frame } from '../../src/testing/journal-store.ts';
import type { Action } from '../../src/index.ts';

const number = fc.maxSafeNat();

test('CRC-32C is that of RFC 3720', (t) => {
  const text = Buffer.from('x123456789x');
  t.is(crc32c(text, 1, 10), 0xe3069283);
  t.is(crc32c(Buffer.alloc(32), 0, 32), 0x8a9136aa);
});

test('a record is read as it was written', (t) => {
  const bytes = fc.uint8Array({ maxLength: 50 });
  fc.assert(
    fc.property(number, number, number, bytes, (position, promised, performed, data) => {
      const [from, to] = [Math.min(position, promised), Math.max(position, promised)];
      const learned = to === Number.MAX_SAFE_INTEGER ? { from: 0, to: -1 } : { from, to };
      const some = { sequence: 1, begin: position, end: promised, learned, count: performed, sum: performed >>> 0 };
      const values: Action['value'][] = [
        undefined,
        { type: 'nop' },
        { type: 'nop', tombstone: true },
        { type: 'truncate', to: performed },
        { type: 'append', bytes: Buffer.from(data) },
      ];
      for (const value of values) {
        const action = value === undefined ? { position, promised } : { position, promised, performed, value };
        const key = actionKey(position);
        const record = encodeAction(key, action);
        const read = { kind: 'action', action, checksum: checksumOf(record) } as const;
        t.deepEqual(decodeRecord(key, record), read);
        const summary = { ...some, sequence: promised };
        t.deepEqual(decodeRecord(key, withSummary(record, summary)), { ...read, summary });
      }
      const key = learnedKey(from);
      const interval = encodeLearned(key, to);
      t.deepEqual(decodeRecord(key, interval), {
        kind: 'learned',
        interval: { from, to },
        checksum: checksumOf(interval),
      });
      t.deepEqual(decodeRecord(summaryKey, encodeSummary(some)), { kind: 'summary', summary: some });
      const metadata = { status: 'RECOVERING', promised, incarnation: performed, fences: { a: position } } as const;
      const record = encodeMetadata(metadata);
      t.deepEqual(decodeRecord(metadataKey, record), { kind: 'metadata', metadata, checksum: checksumOf(record) });
    }),
  );
});

test('keys are in the order of their positions', (t) => {
  fc.assert(
    fc.property(number, number, (one, other) => {
      t.is(Math.sign(Buffer.compare(actionKey(one), actionKey(other))), Math.sign(one - other));
    }),
  );
});

function codeOf(key: Buffer, record: Buffer): string | undefined {
  try {
    decodeRecord(key, record);
  } catch (error) {
    return error instanceof LogError ? error.code : String(error);
  }
  return undefined;
}

test('a record with a bit turned over, cut off, or under another key fails its checksum', (t) => {
  const key = actionKey(7);
  const plain = encodeAction(key, {
    position: 7,
    promised: 3,
    performed: 3,
    value: { type: 'append', bytes: Buffer.from('data') },
  });
  const summary = { sequence: 9, begin: 1, end: 7, learned: { from: 1, to: 6 }, count: 7, sum: 1 };
  for (const record of [plain, withSummary(plain, summary)]) {
    for (let bit = 0; bit < record.length * 8; bit++) {
      const damaged = Buffer.from(record);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      t.is(codeOf(key, damaged), 'LOG_CORRUPT');
    }
    for (let length = 0; length < record.length; length++) t.is(codeOf(key, record.subarray(0, length)), 'LOG_CORRUPT');
    t.is(codeOf(actionKey(8), record), 'LOG_CORRUPT');
    t.is(codeOf(learnedKey(7), record), 'LOG_CORRUPT');
  }
});

test('whatever bytes a record has, it is read or refused with LOG_CORRUPT, also when its checksum is right', (t) => {
  const keys = fc.oneof(
    number.map((position) => actionKey(position)),
    number.map((position) => learnedKey(position)),
    fc.constantFrom(metadataKey, summaryKey),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  );
  const json = fc.oneof(
    fc.json(),
    fc.json({ maxDepth: 1 }).map((text) => `{"status":"VOTING","promised":1,"fences":${text}}`),
  );
  const summary = { sequence: 1, begin: 0, end: 1, learned: { from: 0, to: 1 }, count: 2, sum: 3 };
  const valid = [
    encodeAction(actionKey(0), { position: 0, promised: 1, performed: 1, value: { type: 'truncate', to: 0 } }),
    encodeAction(actionKey(0), { position: 0, promised: 1 }),
    encodeLearned(learnedKey(0), 5),
    encodeSummary(summary),
  ].map((record) => record.subarray(4));
  const mutated = fc.tuple(fc.constantFrom(...valid), fc.nat(), fc.nat(255)).map(([record, at, byte]) => {
    const copy = Buffer.from(record);
    copy[at % copy.length] = byte;
    return copy;
  });
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    mutated,
    json.map((text) => Buffer.from(text)),
  );
  let read = 0;
  fc.assert(
    fc.property(keys, bodies, fc.boolean(), (key, body, right) => {
      const record = Buffer.concat([Buffer.alloc(4), body]);
      // Of actions, the byte that says whether a summary follows does not count.
      const sum = checksum(key, key.length === 9 && key[0] === 0x61 ? body.subarray(1) : body);
      if (right) record.writeUInt32BE(sum, 0);
      try {
        const found = decodeRecord(key, record);
        t.true(right && checksumOf(record) === sum);
        if (found.kind === 'metadata') t.true(Number.isSafeInteger(found.metadata.promised));
        read++;
      } catch (error) {
        t.true(error instanceof LogError && error.code === 'LOG_CORRUPT', String(error));
      }
    }),
    { numRuns: 3_000 },
  );
  t.true(read > 10, `${read}`);
});

/** A file of records. */
function journal(records: readonly Uint8Array[]): Buffer {
  let whole = Buffer.alloc(0);
  for (const record of records) whole = Buffer.concat([whole, frame(record, whole.length)]);
  return whole;
}

test('a journal is read as it was written, over any number of blocks', (t) => {
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.integer({ min: 32_600, max: 32_800 }), fc.nat(100_000)), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const records = lengths.map((length, index) => Buffer.alloc(length, index + 1));
      const { records: found, end } = readJournal(journal(records));
      t.is(end, 'whole');
      t.true(Buffer.concat(found).equals(Buffer.concat(records)));
      t.deepEqual(
        found.map((record) => record.length),
        lengths,
      );
    }),
    { numRuns: 50 },
  );
});

test('a journal that ends too early is torn, one with a byte gone bad before its last record is damaged, and zeros at its end are torn', (t) => {
  const records = [10, 40_000, 20, 700].map((length, index) => Buffer.alloc(length, index + 17));
  const bytes = journal(records);
  const before = journal(records.slice(0, 3)).length;
  for (let cut = before + 1; cut < bytes.length; cut += 3) {
    const { records: found, end, offset } = readJournal(bytes.subarray(0, cut));
    t.deepEqual([found.length, end, offset], [3, 'torn', before]);
    t.is(readJournal(Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(1_024)])).end, 'torn');
  }
  for (let offset = 0; offset < before; offset += 97) {
    const damaged = Buffer.from(bytes);
    damaged[offset] = (damaged[offset] ?? 0) ^ 4;
    t.is(readJournal(damaged).end, 'damaged', `${offset}`);
  }
  const flipped = Buffer.from(bytes);
  flipped[bytes.length - 20] = 9;
  t.is(readJournal(flipped).end, 'damaged', 'the last record is all there, and wrong');
});

test('whatever bytes a file has, it is read to some end', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 60 }), (bytes, edit) => {
      const { end, offset } = readJournal(bytes);
      t.true(offset <= bytes.length && ['whole', 'torn', 'damaged'].includes(end));
      const manifest = readManifest([edit]);
      t.true(manifest === undefined || manifest.journal >= 0);
      t.false(isTableWhole(Buffer.from(bytes)));
      t.false(isTableWhole(Buffer.concat([bytes, Buffer.from('57fb808b247547db', 'hex')])));
    }),
    { numRuns: 2_000 },
  );
});
