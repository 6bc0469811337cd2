import test from 'ava';
import fc from 'fast-check';
import { encodeRecord, ProtocolError, RecordDecoder } from '../src/index.ts';

const text = (data: Uint8Array): string => Buffer.from(data).toString();

test('a record is its length in decimal digits, a line feed and its bytes', (t) => {
  t.is(text(encodeRecord(Buffer.from('hello'))), '5\nhello');
  t.is(text(encodeRecord(new Uint8Array())), '0\n');
});

test('records come out as they went in, however the stream is cut', (t) => {
  const records = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(records, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (list, cuts) => {
      const stream = Buffer.concat(list.map((record) => encodeRecord(record)));
      const decoder = new RecordDecoder();
      const read: Uint8Array[] = [];
      let position = 0;
      for (let i = 0; position < stream.length; i += 1) {
        const size = cuts[i % cuts.length] ?? 1;
        read.push(...decoder.push(stream.subarray(position, position + size)));
        position += size;
      }
      decoder.finish();
      t.deepEqual(read, list);
    }),
  );
});

test('what is no length is refused, and so is everything after it', (t) => {
  const lengths = ['x', '', '-1', '1 ', '1.5', '\u00e9', '999999999999999999999', 'x'.repeat(100)];
  for (const length of lengths) {
    const stream = `${length}\n`;
    const decoder = new RecordDecoder();
    const error = t.throws(() => decoder.push(Buffer.from(stream)), { instanceOf: ProtocolError }, stream);
    t.is(error.code, 'PROTOCOL_INVALID_RECORD');
    // In the words of Mesos, and no more than could be a length.
    const told = Buffer.from(length).toString('latin1').slice(0, 20);
    t.is(error.message, `Failed to decode length '${told}': Failed to convert '${told}' to number`);
    t.throws(() => decoder.push(Buffer.from('1\na')), { is: error });
    t.throws(() => decoder.finish(), { is: error });
  }
});

test('a record beyond the limit is refused when its length is read', (t) => {
  const decoder = new RecordDecoder({ recordBytesMax: 3 });
  t.is(decoder.push(Buffer.from('3\nabc')).length, 1);
  t.throws(() => decoder.push(Buffer.from('4\n')), { message: 'a record of 4 bytes exceeds the limit of 3' });
});

test('a stream that ends within a record is an error, one that ends between records is not', (t) => {
  const decoder = new RecordDecoder();
  decoder.push(Buffer.from('1\na'));
  t.notThrows(() => decoder.finish());
  decoder.push(Buffer.from('2'));
  t.throws(() => decoder.finish(), { message: 'the stream ended within a record' });
});

test('random bytes are read as records or refused with a ProtocolError', (t) => {
  const alphabet = fc.constantFrom(...Buffer.from('0123456789\nab-'));
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 50 }), (bytes) => {
      try {
        const records = new RecordDecoder({ recordBytesMax: 20 }).push(Uint8Array.from(bytes));
        t.true(records.every((record) => record.length <= 20));
      } catch (error) {
        t.true(error instanceof ProtocolError, String(error));
      }
    }),
  );
});
