import { ZooKeeperError, ZooKeeperSession, type ZooKeeperAcl } from '@mesos-ts/election/zookeeper';
import { deferred, errorText, Mutex, timeLimit, type Clock, type Deferred } from '@mesos-ts/libprocess';
import { encode, type StateEntry } from '@mesos-ts/protocol';
import { StateError } from './errors.ts';
import { isSameVersion, outcomeUnknown, parseEntry, type StateStorage } from './storage.ts';

/** ZooKeeper takes no more in a node, unless it is configured otherwise (`jute.maxbuffer`). */
const entryBytesMax = 1_000_000;
/** How many nodes are looked at at a time. */
const looksMax = 100;
/** How often a change is tried whose connection ended before its answer came. */
const tries = 5;

const everybodyAll: readonly ZooKeeperAcl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const everybodyReadCreatorAll: readonly ZooKeeperAcl[] = [
  { perms: 1, scheme: 'world', id: 'anyone' },
  { perms: 31, scheme: 'auth', id: '' },
];

type SessionOptions = ConstructorParameters<typeof ZooKeeperSession>[0];

/** Options of `ZooKeeperStorage`. */
export interface ZooKeeperStorageOptions {
  /** `host` and `port` of the servers. */
  readonly servers: SessionOptions['servers'];
  /** The node below which entries are, each in a node of its name, as Mesos has them; it is made if it is missing. */
  readonly path: string;
  /** `user:password`; then others may only read what is stored. */
  readonly credentials?: SessionOptions['credentials'];
  /** @default 10 seconds */
  readonly sessionTimeoutMs?: number;
  /** How long an operation waits for a connection. @default 10 seconds */
  readonly connectTimeoutMs?: number;
  readonly surroundings: ConstructorParameters<typeof ZooKeeperSession>[1];
}

interface Found {
  /** Absent where the node is but a place on the way to others, as those of a storage below this one. */
  readonly entry: StateEntry | undefined;
  /** Of the node: ZooKeeper's own count of its changes. */
  readonly version: number;
}

/**
 * Keeps entries in ZooKeeper. A change is durable when it is answered, as ZooKeeper is. When a connection breaks while a change is under
 * way, what became of it is found out before it is answered. An entry has at most a megabyte. The path of a storage may lie below that of another one: a node
 * without content is no entry.
 */
export class ZooKeeperStorage implements StateStorage {
  readonly #options: ZooKeeperStorageOptions;
  readonly #acl: readonly ZooKeeperAcl[];
  /** Changes of this program, one after the other. */
  readonly #changes = new Mutex();
  #session: ZooKeeperSession | undefined;
  #connected: Deferred<void> | undefined;
  #isClosed = false;

  constructor(options: ZooKeeperStorageOptions) {
    this.#options = options;
    this.#acl = options.credentials === undefined ? everybodyAll : everybodyReadCreatorAll;
  }

  async get(name: string): Promise<StateEntry | undefined> {
    return this.#again(async (session) => (await this.#find(session, name))?.entry);
  }

  async set(entry: StateEntry, uuid: Uint8Array): Promise<boolean> {
    const content = encode('mesos.internal.state.Entry', entry);
    if (content.length > entryBytesMax) {
      throw new StateError('STATE_FAILED', `'${entry.name}' has ${content.length} bytes: too many for ZooKeeper`);
    }
    return this.#changes.run(() => {
      /** The version of the node that an attempt was to replace whose answer was lost; 'none': it was to make it. */
      let tried: number | 'none' | undefined;
      return this.#again(async (session) => {
        const found = await this.#find(session, entry.name);
        // It was made by an attempt whose answer was lost.
        const stored = found?.entry;
        if (stored !== undefined && isSameVersion(stored.uuid, entry.uuid)) return true;
        const version = found?.version ?? 'none';
        const isOther = stored !== undefined && !isSameVersion(stored.uuid, uuid);
        // A node that was made anew counts from the beginning again.
        if (tried !== undefined && (version !== tried || isOther)) throw outcomeUnknown(entry.name);
        if (isOther) return false;
        const isFirst = tried === undefined;
        tried = version;
        const path = this.#pathOf(entry.name);
        const change =
          found === undefined ? this.#create(session, path, content) : session.write(path, content, found.version);
        const isMade = await this.#unlessLate(change, session, entry);
        if (!isMade && !isFirst) throw outcomeUnknown(entry.name);
        return isMade;
      });
    });
  }

  async expunge(entry: StateEntry): Promise<boolean> {
    return this.#changes.run(() => {
      /** Whether there was an attempt whose answer was lost. */
      let isTried = false;
      return this.#again(async (session) => {
        const found = await this.#find(session, entry.name);
        if (found?.entry === undefined) return isTried;
        if (!isSameVersion(found.entry.uuid, entry.uuid)) {
          if (isTried) throw outcomeUnknown(entry.name);
          return false;
        }
        const isFirst = !isTried;
        isTried = true;
        const removal = this.#remove(session, this.#pathOf(entry.name), found.version);
        if (await this.#unlessLate(removal, undefined, entry)) return true;
        if (isFirst) return false;
        // The lost attempt may have come late, and been faster than this one.
        if ((await this.#find(session, entry.name))?.entry === undefined) return true;
        throw outcomeUnknown(entry.name);
      });
    });
  }

  async names(): Promise<ReadonlySet<string>> {
    return this.#again(async (session) => {
      const { path } = this.#options;
      const nodes = (await unless(session.children(path), 'NO_NODE')) ?? [];
      const names = new Set<string>();
      for (let first = 0; first < nodes.length; first += looksMax) {
        const some = nodes.slice(first, first + looksMax);
        const stats = await Promise.all(some.map((node) => unless(session.stat(`${path}/${node}`), 'NO_NODE')));
        for (const [index, node] of some.entries())
          if ((stats[index]?.bytes ?? 0) > 0) names.add(decodeURIComponent(node));
      }
      return names;
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#connected?.reject(closed());
    await this.#session?.close();
    this.#session = undefined;
  }

  /** Does something over a connection, and again over the next when that breaks. */
  async #again<R>(work: (session: ZooKeeperSession) => Promise<R>): Promise<R> {
    for (let left = tries; ; left--) {
      try {
        return await work(await this.#connection());
      } catch (error) {
        if (error instanceof StateError) throw error;
        if (this.#isClosed) throw closed();
        const isLost =
          error instanceof ZooKeeperError &&
          ['CONNECTION_LOSS', 'SESSION_EXPIRED', 'SESSION_MOVED'].includes(error.code);
        if (!isLost || left === 1) throw new StateError('STATE_FAILED', errorText(error), { cause: error });
      }
    }
  }

  /** A session that is connected. */
  async #connection(): Promise<ZooKeeperSession> {
    if (this.#isClosed) throw closed();
    const session = (this.#session ??= this.#open());
    if (session.isConnected) return session;
    const connected = (this.#connected ??= deferred());
    const { connectTimeoutMs = 10_000, surroundings } = this.#options;
    await within(surroundings.clock, connectTimeoutMs, connected.promise);
    return session;
  }

  #open(): ZooKeeperSession {
    const { credentials, servers, sessionTimeoutMs = 10_000, surroundings } = this.#options;
    return new ZooKeeperSession({ servers, timeoutMs: sessionTimeoutMs, credentials }, surroundings, {
      connected: () => {
        this.#connected?.resolve();
        this.#connected = undefined;
      },
      disconnected: () => undefined,
      watched: () => undefined,
      // Entries outlive sessions: another one does as well.
      ended: (error) => {
        this.#session = undefined;
        this.#connected?.reject(error);
        this.#connected = undefined;
      },
    });
  }

  async #find(session: ZooKeeperSession, name: string): Promise<Found | undefined> {
    const node = await unless(session.read(this.#pathOf(name)), 'NO_NODE');
    if (node === undefined) return undefined;
    const { content, stat } = node;
    return { entry: content.length === 0 ? undefined : parseEntry(name, content), version: stat.version };
  }

  /** Removes an entry; its node stays where others are below it. */
  async #remove(session: ZooKeeperSession, path: string, version: number): Promise<void> {
    try {
      await session.remove(path, version);
    } catch (error) {
      if (!(error instanceof ZooKeeperError && error.code === 'NOT_EMPTY')) throw error;
      await session.write(path, new Uint8Array(), version);
    }
  }

  /** Makes a node, and those above it that are missing. */
  async #create(session: ZooKeeperSession, path: string, content: Uint8Array): Promise<void> {
    try {
      await session.create(path, content, this.#acl);
    } catch (error) {
      if (!(error instanceof ZooKeeperError && error.code === 'NO_NODE')) throw error;
      const above = path.slice(0, path.lastIndexOf('/'));
      if (above === '') throw error;
      await unless(this.#create(session, above, new Uint8Array()), 'NODE_EXISTS');
      await session.create(path, content, this.#acl);
    }
  }

  /** Whether a change came in time. Of one that seems late it is looked whether it was this very one that came first. */
  async #unlessLate(
    change: Promise<unknown>,
    session: ZooKeeperSession | undefined,
    entry: StateEntry,
  ): Promise<boolean> {
    try {
      await change;
      return true;
    } catch (error) {
      const isLate = error instanceof ZooKeeperError && ['BAD_VERSION', 'NO_NODE', 'NODE_EXISTS'].includes(error.code);
      if (!isLate) throw error;
      const stored = session === undefined ? undefined : (await this.#find(session, entry.name))?.entry;
      return stored !== undefined && isSameVersion(stored.uuid, entry.uuid);
    }
  }

  #pathOf(name: string): string {
    // Names of nodes have no slash, and are neither '.' nor '..'.
    return `${this.#options.path}/${encodeURIComponent(name).replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length))}`;
  }
}

/** What a promise resolves to; nothing when ZooKeeper answers that error. */
async function unless<T>(promise: Promise<T>, code: ZooKeeperError['code']): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof ZooKeeperError && error.code === code) return undefined;
    throw error;
  }
}

async function within<T>(clock: Clock, timeoutMs: number, promise: Promise<T>): Promise<T> {
  using limit = timeLimit(clock, timeoutMs);
  return await Promise.race([
    promise,
    new Promise<never>((_resolve, reject) => {
      limit.signal.addEventListener('abort', () => {
        reject(new StateError('STATE_FAILED', `There is no connection to ZooKeeper after ${timeoutMs} ms`));
      });
    }),
  ]);
}

function closed(): StateError {
  return new StateError('STATE_CLOSED', 'The storage has been closed');
}
