import { LogError } from '../errors.ts';
import { crc32c } from '../storage/checksum.ts';
import { readJournal } from '../storage/level-files.ts';
import type { Disk } from '@mesos-ts/libprocess';
import type { OrderedStore, StoreChange } from '../storage/ordered-store.ts';

const fileName = 'journal';
const newName = 'journal.new';
const blockBytes = 32_768;
const headBytes = 7;

/**
 * An ordered store on a `Disk` of libprocess, so that logs can be tested on a simulated one: everything is in memory, and each write is a record of
 * a journal in LevelDB's format, synced before it resolves. It does to a log what LevelDB does: after a loss of power the last write, which nobody was
 * told of, is there or not, never in part.
 */
export class JournalStore implements OrderedStore {
  readonly #disk: Disk;
  readonly #entries = new Map<string, Buffer>();
  /** The keys in their order, until one comes or goes. */
  #sorted: string[] | undefined;
  #offset = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  async open(): Promise<void> {
    const file = (await this.#attempt(() => this.#disk.list())).find(({ name }) => name === fileName);
    if (file === undefined) return;
    const bytes = await this.#attempt(() => this.#disk.read(fileName, 0, file.bytes));
    const { records, end, offset } = readJournal(bytes);
    if (end === 'damaged') throw new LogError('LOG_CORRUPT', `The journal is damaged at byte ${offset}`);
    for (const record of records) for (const change of decode(record)) this.#apply(change);
    // The next record must not come behind a torn one.
    const all = [...this.#entries].map(([key, value]) => ({ key: Buffer.from(key, 'latin1'), value }));
    const whole = frame(encode(all), 0);
    await this.#attempt(async () => {
      await this.#disk.write(newName, 0, whole);
      await this.#disk.sync(newName);
      await this.#disk.rename(newName, fileName);
      await this.#disk.sync(fileName);
    });
    this.#offset = whole.length;
  }

  entries(from: Buffer, to: Buffer): AsyncIterable<[key: Buffer, value: Buffer][]> {
    this.#sorted ??= [...this.#entries.keys()].toSorted();
    const [first, last] = [from.toString('latin1'), to.toString('latin1')];
    const keys = this.#sorted.filter((key) => key >= first && key < last);
    return inOnePiece(keys.map((key) => [Buffer.from(key, 'latin1'), this.#entries.get(key) ?? Buffer.alloc(0)]));
  }

  async write(changes: readonly StoreChange[]): Promise<void> {
    const bytes = frame(encode(changes), this.#offset);
    await this.#attempt(async () => {
      await this.#disk.write(fileName, this.#offset, bytes);
      await this.#disk.sync(fileName);
    });
    this.#offset += bytes.length;
    for (const change of changes) this.#apply(change);
  }

  /** The journal is written anew when it is opened. */
  compact(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #apply({ key, value }: StoreChange): void {
    const name = key.toString('latin1');
    if (value === undefined) this.#entries.delete(name);
    else this.#entries.set(name, Buffer.from(value));
    this.#sorted = undefined;
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new LogError('LOG_STORAGE_FAILED', error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    }
  }
}

async function* inOnePiece<T>(entries: T[]): AsyncGenerator<T[]> {
  yield entries;
}

/** Changes one after the other: for each the length of key and value, and both; a length of -1 deletes. */
function encode(changes: readonly StoreChange[]): Buffer {
  const parts: Buffer[] = [];
  for (const { key, value } of changes) {
    const lengths = Buffer.alloc(8);
    lengths.writeInt32BE(key.length, 0);
    lengths.writeInt32BE(value?.length ?? -1, 4);
    parts.push(lengths, key, value ?? Buffer.alloc(0));
  }
  return Buffer.concat(parts);
}

function decode(bytes: Uint8Array): StoreChange[] {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const changes: StoreChange[] = [];
  for (let offset = 0; offset < record.length;) {
    const [keyBytes, valueBytes] = [record.readInt32BE(offset), record.readInt32BE(offset + 4)];
    offset += 8;
    const key = record.subarray(offset, offset + keyBytes);
    offset += keyBytes;
    changes.push(valueBytes < 0 ? { key } : { key, value: record.subarray(offset, offset + valueBytes) });
    offset += Math.max(0, valueBytes);
  }
  return changes;
}

/** A record as LevelDB's journals have it, at an offset of the file. */
export function frame(record: Uint8Array, offset: number): Buffer {
  const parts: Buffer[] = [];
  let [at, left] = [offset, record];
  for (let first = true; first || left.length > 0; first = false) {
    const room = blockBytes - (at % blockBytes);
    if (room < headBytes) {
      parts.push(Buffer.alloc(room));
      at += room;
    }
    const piece = left.subarray(0, blockBytes - (at % blockBytes) - headBytes);
    left = left.subarray(piece.length);
    const chunk = Buffer.alloc(headBytes + piece.length);
    chunk.writeUInt16LE(piece.length, 4);
    chunk[6] = first ? (left.length === 0 ? 1 : 2) : left.length === 0 ? 4 : 3;
    chunk.set(piece, headBytes);
    const checksum = crc32c(chunk, 6, chunk.length);
    chunk.writeUInt32LE((((checksum >>> 15) | (checksum << 17)) + 0xa282_ead8) >>> 0, 0);
    parts.push(chunk);
    at += chunk.length;
  }
  return Buffer.concat(parts);
}
