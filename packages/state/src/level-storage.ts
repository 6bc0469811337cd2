import { crc32 } from 'node:zlib';
import { Mutex } from '@mesos-ts/libprocess';
import { encode, type StateEntry } from '@mesos-ts/protocol';
import { ClassicLevel } from 'classic-level';
import { StateError } from './errors.ts';
import { isSameVersion, parseEntry, type StateStorage } from './storage.ts';

const checksumBytes = 4;

/**
 * Keeps entries in a LevelDB database, a folder of this machine that one program at a time has open. A change has reached the disk when it
 * is answered. Each entry is stored under its name as a CRC-32, four bytes, the lowest first, and the `Entry` that it is of.
 */
export class LevelStorage implements StateStorage {
  readonly #db: ClassicLevel<string, Uint8Array>;
  /** A change reads before it writes, and no other may come in between. */
  readonly #changes = new Mutex();

  private constructor(db: ClassicLevel<string, Uint8Array>) {
    this.#db = db;
  }

  /**
   * Opens a database, which is made if there is none.
   * @param path A folder.
   */
  static async open(path: string): Promise<LevelStorage> {
    const db = new ClassicLevel<string, Uint8Array>(path, { keyEncoding: 'utf8', valueEncoding: 'view' });
    try {
      await db.open();
    } catch (error) {
      throw failed(`Cannot open the database ${path}`, error);
    }
    return new LevelStorage(db);
  }

  async get(name: string): Promise<StateEntry | undefined> {
    return this.#use(async () => {
      const record = await this.#db.get(name);
      return record === undefined ? undefined : parseRecord(name, record);
    });
  }

  async set(entry: StateEntry, uuid: Uint8Array): Promise<boolean> {
    return this.#changes.run(async () => {
      const known = await this.get(entry.name);
      if (known !== undefined && !isSameVersion(known.uuid, uuid)) return false;
      await this.#use(() => this.#db.put(entry.name, formRecord(entry), { sync: true }));
      return true;
    });
  }

  async expunge(entry: StateEntry): Promise<boolean> {
    return this.#changes.run(async () => {
      const known = await this.get(entry.name);
      if (known === undefined || !isSameVersion(known.uuid, entry.uuid)) return false;
      await this.#use(() => this.#db.del(entry.name, { sync: true }));
      return true;
    });
  }

  async names(): Promise<ReadonlySet<string>> {
    return this.#use(async () => new Set(await this.#db.keys().all()));
  }

  async close(): Promise<void> {
    await this.#changes.run(() => this.#db.close());
  }

  async #use<R>(work: () => Promise<R>): Promise<R> {
    if (this.#db.status !== 'open') throw new StateError('STATE_CLOSED', 'The storage has been closed');
    try {
      return await work();
    } catch (error) {
      throw failed(`The database ${this.#db.location} failed`, error);
    }
  }
}

function failed(what: string, error: unknown): StateError {
  if (error instanceof StateError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message : String(cause);
  const code = /corrupt/i.test(why) ? 'STATE_CORRUPT' : 'STATE_FAILED';
  return new StateError(code, `${what}: ${why}`, { cause: error });
}

function formRecord(entry: StateEntry): Uint8Array {
  const body = encode('mesos.internal.state.Entry', entry);
  const record = new Uint8Array(checksumBytes + body.length);
  new DataView(record.buffer).setUint32(0, crc32(body), true);
  record.set(body, checksumBytes);
  return record;
}

function parseRecord(name: string, record: Uint8Array): StateEntry {
  const body = record.subarray(checksumBytes);
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  if (record.length < checksumBytes || view.getUint32(0, true) !== crc32(body)) {
    throw new StateError('STATE_CORRUPT', `What is stored as '${name}' is damaged: its checksum is wrong`);
  }
  return parseEntry(name, body);
}
