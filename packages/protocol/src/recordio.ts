// RecordIO: records of bytes in a stream, each after its length in decimal digits and a line feed (`5\nhello`).
import { concatBytes } from './bytes.ts';
import { ProtocolError } from './errors.ts';

const lineFeed = 0x0a;
const zero = 0x30;
const nine = 0x39;
const headerBytesMax = 20;

/** The default of {@link RecordDecoderOptions.recordBytesMax}. */
export const recordBytesMax = 64 * 1024 * 1024;

/** One record, ready to be written to a stream. */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const length = String(data.length);
  const headerLength = length.length + 1;
  const record = new Uint8Array(headerLength + data.length);
  for (let index = 0; index < length.length; index++) record[index] = length.codePointAt(index) ?? 0;
  record[length.length] = lineFeed;
  record.set(data, headerLength);
  return record;
}

/** What a {@link RecordDecoder} may be told. */
export interface RecordDecoderOptions {
  /**
   * Records that claim to be longer are refused before any of them is kept.
   *
   * @default 64 MiB
   */
  readonly recordBytesMax?: number;
}

/**
 * Takes a stream apart into its records, however it was cut into chunks. Keeps no more than one incomplete record.
 * After the first error every further call fails as well, since nobody knows where the next record would begin.
 */
export class RecordDecoder {
  readonly #recordBytesMax: number;
  /** What has been read of a header. */
  #header = '';
  /** The bytes of the record that are still to come; nothing while a header is being read. */
  #missing: number | undefined;
  #parts: Uint8Array[] = [];
  #failure: ProtocolError | undefined;

  constructor(options: RecordDecoderOptions = {}) {
    this.#recordBytesMax = options.recordBytesMax ?? recordBytesMax;
  }

  /**
   * Takes the next chunk; the records that it completes are copies, independent of the chunk.
   *
   * @throws {@link ProtocolError} `PROTOCOL_INVALID_RECORD` for a length that is none, or is too great.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.#failure !== undefined) throw this.#failure;
    const records: Uint8Array[] = [];
    let position = 0;
    while (position < chunk.length) {
      if (this.#missing === undefined) position = this.readHeader(chunk, position);
      else position = this.readBody(chunk, position, this.#missing);
      if (this.#missing === 0) records.push(this.takeRecord());
    }
    return records;
  }

  /**
   * To be called when the stream has ended.
   *
   * @throws {@link ProtocolError} `PROTOCOL_INVALID_RECORD` if it ended in the middle of a record.
   */
  finish(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#missing !== undefined || this.#header !== '') this.fail('the stream ended within a record');
  }

  private readHeader(chunk: Uint8Array, start: number): number {
    for (let position = start; position < chunk.length; position += 1) {
      const byte = chunk[position] ?? 0;
      if (byte === lineFeed) {
        this.startRecord();
        return position + 1;
      }
      if (byte < zero || byte > nine || this.#header.length >= headerBytesMax)
        this.failHeader(chunk.subarray(position));
      this.#header += String.fromCodePoint(byte);
    }
    return chunk.length;
  }

  private startRecord(): void {
    if (this.#header === '') this.failHeader(new Uint8Array());
    const length = Number(this.#header);
    if (length > this.#recordBytesMax) {
      this.fail(`a record of ${this.#header} bytes exceeds the limit of ${this.#recordBytesMax}`);
    }
    this.#header = '';
    this.#missing = length;
  }

  private readBody(chunk: Uint8Array, start: number, missing: number): number {
    // Not slice(), which for a Buffer does not copy.
    const part = new Uint8Array(chunk.subarray(start, start + missing));
    this.#parts.push(part);
    this.#missing = missing - part.length;
    return start + part.length;
  }

  private takeRecord(): Uint8Array {
    const parts = this.#parts;
    this.#parts = [];
    this.#missing = undefined;
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : concatBytes(parts);
  }

  /** Mesos's words for a length that is none; of what comes without a line feed no more is told than a length could have. */
  private failHeader(rest: Uint8Array): never {
    const end = rest.indexOf(lineFeed);
    const line = rest.subarray(0, end < 0 ? rest.length : end);
    const told = this.#header + String.fromCodePoint(...line.subarray(0, headerBytesMax));
    const length = told.slice(0, headerBytesMax);
    this.fail(`Failed to decode length '${length}': Failed to convert '${length}' to number`);
  }

  private fail(reason: string): never {
    this.#parts = [];
    this.#failure = new ProtocolError('PROTOCOL_INVALID_RECORD', reason);
    throw this.#failure;
  }
}
