import { crc32 } from 'node:zlib';
import { errorText, Mutex } from '@mesos-ts/libprocess';
import { encode, type StateEntry } from '@mesos-ts/protocol';
import { LevelStore, LogError, type OrderedStore } from '@mesos-ts/replicated-log';
import { StateError } from './errors.ts';
import { isSameVersion, parseEntry, type StateStorage } from './storage.ts';

const checksumBytes = 4;

const purpose = {
  label: 'state.json',
  content: 'state',
  remedy: 'start with an older copy of it, or with an empty one if what was in it can be done without',
};

/** What keys begin with: that of all entries, after which their names follow, and the one that is there as soon as there has been an entry. */
const entryKeys = 1;
const markKey = Buffer.of(0);
const mark = Buffer.of(1);

/**
 * Keeps entries in a LevelDB database, a folder of this machine that one program at a time has open. A change has reached the disk when it
 * is answered. The files are checked when the folder is opened, so that what is damaged or missing is an error and not a variable that was never
 * there. After a write that failed nothing is read or written until the folder is opened again. Each entry is stored under its name as a
 * CRC-32, four bytes, the lowest first, and the `Entry` that it is of.
 */
export class LevelStorage implements StateStorage {
  readonly #store: OrderedStore;
  /** A change reads before it writes, and no other may come in between. */
  readonly #changes = new Mutex();
  #isClosed = false;
  #failure: StateError | undefined;

  private constructor(store: OrderedStore) {
    this.#store = store;
  }

  /**
   * Opens a database, which is made if there is none. Rejects with `STATE_CORRUPT` when its files are damaged, and with `STATE_FAILED` when
   * another program has it open, or has made it.
   * @param path A folder.
   */
  static async open(path: string): Promise<LevelStorage> {
    return LevelStorage.on(new LevelStore({ path }, purpose));
  }

  /** Keeps entries in an ordered store of one's own, which has not been opened. */
  static async on(store: OrderedStore): Promise<LevelStorage> {
    try {
      await store.open();
    } catch (error) {
      // Nobody is to have it open who cannot use it.
      await store.close();
      throw asStateError(error);
    }
    return new LevelStorage(store);
  }

  async get(name: string): Promise<StateEntry | undefined> {
    const key = keyOf(name);
    for await (const [, record] of this.#entries(key, Buffer.concat([key, Buffer.of(0)])))
      return parseRecord(name, record);
    return undefined;
  }

  async set(entry: StateEntry, uuid: Uint8Array): Promise<boolean> {
    const record = formRecord(entry);
    return this.#changes.run(async () => {
      const known = await this.get(entry.name);
      if (known !== undefined && !isSameVersion(known.uuid, uuid)) return false;
      await this.#write(entry.name, record);
      return true;
    });
  }

  async expunge(entry: StateEntry): Promise<boolean> {
    return this.#changes.run(async () => {
      const known = await this.get(entry.name);
      if (known === undefined || !isSameVersion(known.uuid, entry.uuid)) return false;
      await this.#write(entry.name, undefined);
      return true;
    });
  }

  async names(): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for await (const [key] of this.#entries(Buffer.of(entryKeys), Buffer.of(entryKeys + 1))) {
      names.add(key.subarray(1).toString());
    }
    return names;
  }

  async close(): Promise<void> {
    await this.#changes.run(async () => {
      this.#isClosed = true;
      await this.#store.close();
    });
  }

  async *#entries(from: Buffer, to: Buffer): AsyncGenerator<readonly [key: Buffer, value: Buffer]> {
    this.#check();
    try {
      for await (const entries of this.#store.entries(from, to)) yield* entries;
    } catch (error) {
      this.#check();
      throw asStateError(error);
    }
  }

  async #write(name: string, record: Buffer | undefined): Promise<void> {
    this.#check();
    const change = record === undefined ? { key: keyOf(name) } : { key: keyOf(name), value: record };
    try {
      await this.#store.write([{ key: markKey, value: mark }, change]);
    } catch (error) {
      this.#failure = asStateError(error);
      throw this.#failure;
    }
  }

  #check(): void {
    if (this.#isClosed) throw new StateError('STATE_CLOSED', 'The storage has been closed');
    // What LevelDB writes behind a record that it could not write is lost when it opens its files again.
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function asStateError(error: unknown): StateError {
  const code = error instanceof LogError && error.code === 'LOG_CORRUPT' ? 'STATE_CORRUPT' : 'STATE_FAILED';
  return new StateError(code, errorText(error), { cause: error });
}

function keyOf(name: string): Buffer {
  return Buffer.concat([Buffer.of(entryKeys), Buffer.from(name)]);
}

function formRecord(entry: StateEntry): Buffer {
  const body = encode('mesos.internal.state.Entry', entry);
  const record = Buffer.alloc(checksumBytes + body.length);
  record.writeUInt32LE(crc32(body));
  record.set(body, checksumBytes);
  return record;
}

function parseRecord(name: string, record: Buffer): StateEntry {
  const body = record.subarray(checksumBytes);
  if (record.length < checksumBytes || record.readUInt32LE() !== crc32(body)) {
    throw new StateError('STATE_CORRUPT', `What is stored as '${name}' is damaged: its checksum is wrong`);
  }
  return parseEntry(name, body);
}
