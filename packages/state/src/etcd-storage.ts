import { EtcdClient, EtcdError, type EtcdEntry } from '@mesos-ts/election/etcd';
import { after, Backoff, errorText, Mutex } from '@mesos-ts/libprocess';
import { encode, type StateEntry } from '@mesos-ts/protocol';
import { StateError } from './errors.ts';
import { isSameVersion, outcomeUnknown, parseEntry, type StateStorage } from './storage.ts';

/** etcd takes a request of one and a half megabytes, unless it is configured otherwise. */
const entryBytesMax = 1_000_000;
/** How often an operation is tried that etcd has not answered. */
const tries = 5;

type ClientParameters = ConstructorParameters<typeof EtcdClient>;

/** Options of `EtcdStorage`. */
export interface EtcdStorageOptions {
  /** `endpoints`, the `prefix` below which entries are, and `credentials`, if etcd asks for some. */
  readonly address: ClientParameters[0];
  /** How long a call may take before another member is asked. @default 5 seconds */
  readonly callTimeoutMs?: number;
  readonly surroundings: ClientParameters[2];
}

/**
 * Keeps entries in etcd, each under a key of its name. A change is durable when it is answered, as etcd is. When an answer is lost, what
 * became of the change is found out before it is answered. An entry has at most a megabyte.
 */
export class EtcdStorage implements StateStorage {
  readonly #options: EtcdStorageOptions;
  readonly #client: EtcdClient;
  readonly #closing = new AbortController();
  /** Changes of this program, one after the other. */
  readonly #changes = new Mutex();

  constructor(options: EtcdStorageOptions) {
    this.#options = options;
    this.#client = new EtcdClient(options.address, options.callTimeoutMs ?? 5000, options.surroundings);
  }

  async get(name: string): Promise<StateEntry | undefined> {
    return this.#again(async () => entryOf(name, await this.#find(name)));
  }

  async set(entry: StateEntry, uuid: Uint8Array): Promise<boolean> {
    const content = encode('mesos.internal.state.Entry', entry);
    if (content.length > entryBytesMax) {
      throw new StateError('STATE_FAILED', `'${entry.name}' has ${content.length} bytes: too many for etcd`);
    }
    const isMine = (found: StateEntry | undefined): boolean =>
      found !== undefined && isSameVersion(found.uuid, entry.uuid);
    return this.#changes.run(() => {
      /** The revision that an attempt was to replace whose answer was lost. */
      let tried: bigint | undefined;
      return this.#again(async () => {
        const key = await this.#find(entry.name);
        const found = entryOf(entry.name, key);
        // It was made by an attempt whose answer was lost.
        if (isMine(found)) return true;
        const revision = key?.modRevision ?? 0n;
        if (tried !== undefined && revision !== tried) throw outcomeUnknown(entry.name);
        if (found !== undefined && !isSameVersion(found.uuid, uuid)) return false;
        const isFirst = tried === undefined;
        tried = revision;
        if (await this.#client.write(this.#keyOf(entry.name), content, revision)) return true;
        if (isMine(entryOf(entry.name, await this.#find(entry.name)))) return true;
        if (!isFirst) throw outcomeUnknown(entry.name);
        return false;
      });
    });
  }

  async expunge({ name, uuid }: StateEntry): Promise<boolean> {
    return this.#changes.run(() => {
      /** Whether there was an attempt whose answer was lost. */
      let isTried = false;
      return this.#again(async () => {
        const key = await this.#find(name);
        const found = entryOf(name, key);
        if (key === undefined || found === undefined) return isTried;
        if (!isSameVersion(found.uuid, uuid)) {
          if (isTried) throw outcomeUnknown(name);
          return false;
        }
        const isFirst = !isTried;
        isTried = true;
        if (await this.#client.remove(this.#keyOf(name), key.modRevision)) return true;
        if (isFirst) return false;
        // The lost attempt may have come late, and been faster than this one.
        if ((await this.#find(name)) === undefined) return true;
        throw outcomeUnknown(name);
      });
    });
  }

  async names(): Promise<ReadonlySet<string>> {
    const prefix = `${this.#options.address.prefix}/`;
    return this.#again(async () => {
      const keys = await this.#client.keys(prefix);
      // Keys of other storages below this one have more slashes.
      const own = keys.map((key) => key.slice(prefix.length)).filter((key) => /^[^/]+\/$/.test(key));
      return new Set(own.map((key) => decodeURIComponent(key.slice(0, -1))));
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(closed());
    this.#client.close();
  }

  #find(name: string): Promise<EtcdEntry | undefined> {
    return this.#client.find(this.#keyOf(name));
  }

  /** Ends with a slash, so that it is the beginning of no other. */
  #keyOf(name: string): string {
    return `${this.#options.address.prefix}/${encodeURIComponent(name)}/`;
  }

  async #again<R>(work: () => Promise<R>): Promise<R> {
    const { signal } = this.#closing;
    const { clock, random } = this.#options.surroundings;
    const backoff = new Backoff(random, { minMs: 20, maxMs: 1000 });
    for (let left = tries; ; left--) {
      if (signal.aborted) throw closed();
      try {
        return await work();
      } catch (error) {
        if (error instanceof StateError) throw error;
        if (signal.aborted) throw closed();
        if (!(error instanceof EtcdError && error.isPassing) || left === 1) {
          throw new StateError('STATE_FAILED', errorText(error), { cause: error });
        }
      }
      await after(clock, backoff.next(), { signal });
    }
  }
}

function entryOf(name: string, key: EtcdEntry | undefined): StateEntry | undefined {
  return key === undefined ? undefined : parseEntry(name, key.value);
}

function closed(): StateError {
  return new StateError('STATE_CLOSED', 'The storage has been closed');
}
