import { deferred, errorText } from '@mesos-ts/libprocess';
import type { Deferred, Timer } from '@mesos-ts/libprocess';
import { ElectionError } from '../errors.ts';
import { Holding } from '../group/holding.ts';
import { KnownMembers } from '../group/known-members.ts';
import { hostPort } from '../master-info.ts';
import { ZooKeeperError } from './errors.ts';
import { ZooKeeperSession } from './session.ts';
import type { ZooKeeperAddress } from '../address.ts';
import type { ServiceMemory } from '../group/service-memory.ts';
import type { Candidacy, Group, GroupMember, Surroundings } from '../interfaces.ts';
import type { ZooKeeperAcl } from './session.ts';

/** Mesos's `GroupProcess::RETRY_INTERVAL`. */
const retryMs = 2000;

const everybodyAll: readonly ZooKeeperAcl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];
/** Mesos's `EVERYONE_READ_CREATOR_ALL`. */
const everybodyReadCreatorAll: readonly ZooKeeperAcl[] = [
  { perms: 1, scheme: 'world', id: 'anyone' },
  { perms: 31, scheme: 'auth', id: '' },
];

/** Options of `ZooKeeperGroup`. */
export interface ZooKeeperGroupOptions {
  /** Its `path` is the node below which the members have theirs; it is made if it is missing. */
  readonly address: Omit<ZooKeeperAddress, 'kind'>;
  readonly sessionTimeoutMs: number;
  /** What stands before the numbers of its nodes: `json.info` for masters. @default nothing, as for the replicas of the log */
  readonly label?: string | undefined;
  /** Knows it from before. @default nobody does */
  readonly memory?: ServiceMemory | undefined;
}

interface Join {
  readonly content: string;
  readonly done: Deferred<Candidacy>;
}

interface Owned {
  readonly content: string;
  readonly holding: Holding;
}

interface Node extends GroupMember {
  /** The session that it ends with. */
  readonly owner: bigint;
}

/**
 * A group as Mesos keeps it in ZooKeeper: an ephemeral sequential node for each member. Nodes of other names are not its business.
 *
 * Whether a node was made when the connection broke meanwhile is found out by looking: of the nodes of this session, and of earlier
 * sessions of this very member, those that are one too many are removed. What a member leaves is to be its own, with an id in it.
 */
export class ZooKeeperGroup implements Group {
  readonly #options: ZooKeeperGroupOptions;
  readonly #surroundings: Surroundings;
  readonly #acl: readonly ZooKeeperAcl[];
  readonly #nodeName: RegExp;
  readonly #where: string;
  readonly #members = new KnownMembers();
  readonly #owned = new Map<string, Owned>();
  readonly #joins: Join[] = [];
  #session: ZooKeeperSession;
  #failure: ElectionError | undefined;
  #isClosed = false;
  #isSynchronising = false;
  #isStale = false;
  #hasPath = false;
  /** The latest change that was seen in earlier sessions. */
  #zxid = 0n;
  #isRemembered = false;
  /** Until when somebody may lead of whom ZooKeeper has forgotten. */
  #untrustedUntilMs = Number.NEGATIVE_INFINITY;
  #trust: Timer | undefined;
  #retry: Timer | undefined;

  constructor(options: ZooKeeperGroupOptions, surroundings: Surroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
    const { credentials, path, servers } = options.address;
    this.#acl = credentials === undefined ? everybodyAll : everybodyReadCreatorAll;
    this.#nodeName =
      options.label === undefined ? /^\d{10}$/ : new RegExp(`^${options.label.replaceAll('.', '\\.')}_\\d{10}$`);
    this.#where = `zk://${servers.map(({ host, port }) => hostPort(host, port)).join(',')}${path}`;
    this.#session = this.#begin();
  }

  join(content: string): Promise<Candidacy> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isClosed) return Promise.reject(closedError());
    const join: Join = { content, done: deferred() };
    this.#joins.push(join);
    this.#synchronise();
    return join.done.promise;
  }

  members(): readonly GroupMember[] | undefined {
    return this.#members.list;
  }

  failure(): Error | undefined {
    return this.#failure;
  }

  changed(listener: () => void): () => void {
    return this.#members.changed(listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leave('closed', closedError());
    await this.#session.close();
    await this.#options.memory?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #begin(): ZooKeeperSession {
    const { address, sessionTimeoutMs } = this.#options;
    const { logger } = this.#surroundings;
    this.#hasPath = false;
    return new ZooKeeperSession(
      { servers: address.servers, credentials: address.credentials, timeoutMs: sessionTimeoutMs },
      this.#surroundings,
      {
        connected: () => {
          this.#synchronise();
        },
        disconnected: () => {
          logger.warn(`Lost the connection to ${this.#where}; connecting again`);
        },
        watched: () => {
          this.#synchronise();
        },
        ended: (error) => {
          if (error.code === 'AUTH_FAILED') {
            this.#fail(new ElectionError('ELECTION_AUTHENTICATION_FAILED', `${this.#where} refuses the credentials`));
            return;
          }
          logger.warn(`The session with ${this.#where} is over: ${error.message}. Beginning another`);
          this.#loseOwned(`the session with ZooKeeper is over: ${error.message}`);
          if (this.#session.lastZxid > this.#zxid) this.#zxid = this.#session.lastZxid;
          // Nobody is known to be in the group, as with Mesos.
          this.#show([]);
          this.#session = this.#begin();
        },
      },
    );
  }

  /** Does what is to be done, and once more when something has changed meanwhile. */
  #synchronise(): void {
    this.#isStale = true;
    if (!this.#isSynchronising) void this.#synchroniseAll();
  }

  async #synchroniseAll(): Promise<void> {
    this.#isSynchronising = true;
    while (this.#isStale && this.#session.isConnected && !this.#isClosed && this.#failure === undefined) {
      this.#isStale = false;
      this.#cancelRetry();
      const session = this.#session;
      try {
        await this.#remember();
        await this.#makePath(session);
        await this.#look(session);
        await this.#makeNodes(session);
      } catch (error) {
        if (session === this.#session) this.#failed(error);
      }
    }
    this.#isSynchronising = false;
  }

  async #remember(): Promise<void> {
    if (this.#isRemembered) return;
    const zxid = (await this.#options.memory?.read(this.#where)) ?? 0n;
    if (zxid > this.#zxid) this.#zxid = zxid;
    this.#isRemembered = true;
  }

  async #makePath(session: ZooKeeperSession): Promise<void> {
    if (this.#hasPath) return;
    const { path } = this.#options.address;
    try {
      await this.#make(session, path);
    } catch (error) {
      // Who may not make it may still find it: then the next step succeeds.
      if (!isCode(error, 'NO_AUTH')) throw error;
    }
    this.#hasPath = true;
  }

  async #make(session: ZooKeeperSession, path: string): Promise<void> {
    try {
      await session.create(path, new Uint8Array(), this.#acl);
    } catch (error) {
      if (isCode(error, 'NODE_EXISTS')) return;
      const parent = path.slice(0, path.lastIndexOf('/'));
      if (!isCode(error, 'NO_NODE') || parent === '') throw error;
      await this.#make(session, parent);
      await this.#make(session, path);
    }
  }

  /** Looks who is there, and makes that true which is believed of it. */
  async #look(session: ZooKeeperSession): Promise<void> {
    const before = [...this.#owned.keys()];
    const nodes = await this.#readNodes(session);
    if (this.#isOver(session)) return;
    const own = new Set(nodes.filter(({ owner }) => owner === session.id).map(({ name }) => name));
    for (const name of before) if (!own.has(name)) this.#lose(name, `somebody has removed '${name}'`);
    const kept: Node[] = [];
    for (const node of nodes) if (await this.#isKept(session, node)) kept.push(node);
    if (this.#isOver(session)) return;
    const isTrusted = this.#surroundings.clock.monotonic() >= this.#untrustedUntilMs;
    this.#show(isTrusted ? kept.map(({ content, name }) => ({ content, name })) : []);
  }

  /** Whether a node is what it says; if it is one too many of this member's, it is removed. */
  async #isKept(session: ZooKeeperSession, { content, name, owner }: Node): Promise<boolean> {
    if (this.#owned.has(name)) return true;
    const isOwn = owner === session.id;
    const join = this.#joins.find((each) => each.content === content);
    if (isOwn && join !== undefined) {
      this.#joined(join, name, session);
      return true;
    }
    const isFormer = join !== undefined || [...this.#owned.values()].some((each) => each.content === content);
    if (!isOwn && !isFormer) return true;
    this.#surroundings.logger.info(`Removing '${name}' from ${this.#where}: it was left behind by this member`);
    return !(await this.#removeNode(session, name));
  }

  /** Answers whether it is gone. */
  async #removeNode(session: ZooKeeperSession, name: string): Promise<boolean> {
    try {
      await session.remove(`${this.#options.address.path}/${name}`);
    } catch (error) {
      if (isCode(error, 'NO_AUTH')) return false;
      if (!isCode(error, 'NO_NODE')) throw error;
    }
    return true;
  }

  async #readNodes(session: ZooKeeperSession): Promise<Node[]> {
    const { path } = this.#options.address;
    const names = await session.children(path, { watch: true });
    const nodes: Node[] = [];
    for (const name of names.filter((each) => this.#nodeName.test(each)).toSorted(bySequence)) {
      try {
        const { content, stat } = await session.read(`${path}/${name}`);
        nodes.push({ name, content: content.toString(), owner: stat.ephemeralOwner });
      } catch (error) {
        // Gone meanwhile, or nobody's to read.
        if (isCode(error, 'NO_AUTH')) nodes.push({ name, content: '', owner: 0n });
        else if (!isCode(error, 'NO_NODE')) throw error;
      }
    }
    return nodes;
  }

  async #makeNodes(session: ZooKeeperSession): Promise<void> {
    const { address, label } = this.#options;
    const prefix = `${address.path}/${label === undefined ? '' : `${label}_`}`;
    if (this.#joins.length > 0) await this.#confirm(session);
    for (let join = this.#joins[0]; join !== undefined; join = this.#joins[0]) {
      const path = await session.create(prefix, Buffer.from(join.content), this.#acl, {
        ephemeral: true,
        sequential: true,
      });
      if (this.#isOver(session)) return;
      this.#joined(join, path.slice(address.path.length + 1), session);
      this.#isStale = true;
    }
  }

  /** Makes sure that it is the ensemble which answers, and the one from before: who has seen more than there is knows that it has forgotten. */
  async #confirm(session: ZooKeeperSession): Promise<void> {
    await session.confirm();
    if (this.#isOver(session) || session.lastZxid >= this.#zxid) return;
    const { clock, logger } = this.#surroundings;
    const { sessionTimeoutMs } = this.#options;
    logger.error(
      `${this.#where} has forgotten what it knew (change 0x${session.lastZxid.toString(16)} after 0x${this.#zxid.toString(16)}): was its data removed, or an older state restored?`,
    );
    this.#zxid = 0n;
    // Nobody is to be elected by it while a leader may hold what it had before.
    this.#untrustedUntilMs = clock.monotonic() + sessionTimeoutMs;
    this.#show([]);
    this.#cancelTrust();
    this.#trust = clock.timer(
      sessionTimeoutMs,
      () => {
        this.#synchronise();
      },
      { keepsAlive: true },
    );
  }

  #joined(join: Join, name: string, session: ZooKeeperSession): void {
    this.#joins.splice(this.#joins.indexOf(join), 1);
    const holding = new Holding(
      name,
      () => session.isHeld(),
      async () => {
        this.#owned.delete(name);
        // When it cannot be removed now, it is one too many at the next look.
        await this.#removeNode(session, name).catch(() => undefined);
        this.#synchronise();
      },
    );
    this.#owned.set(name, { content: join.content, holding });
    join.done.resolve(holding);
  }

  #failed(error: unknown): void {
    if (isCode(error, 'NO_AUTH')) {
      const text = `${this.#where} may not be used by whom the credentials stand for: ${errorText(error)}`;
      this.#fail(new ElectionError('ELECTION_FORBIDDEN', text, { cause: error }));
      return;
    }
    // The path has been removed, perhaps.
    this.#hasPath = false;
    if (!this.#session.isConnected) return;
    this.#surroundings.logger.warn(`${errorText(error)}; trying again`);
    this.#cancelRetry();
    this.#retry = this.#surroundings.clock.timer(retryMs, () => {
      this.#synchronise();
    });
  }

  #isOver(session: ZooKeeperSession): boolean {
    return this.#isClosed || session !== this.#session;
  }

  #show(members: readonly GroupMember[]): void {
    if (this.#members.are(members)) return;
    // Until it was confirmed, an older state may be of a server that is behind.
    const { lastZxid } = this.#session;
    if (members.length > 0 && lastZxid >= this.#zxid) this.#options.memory?.write(this.#where, lastZxid);
    this.#members.show(members);
  }

  #lose(name: string, why: string): void {
    this.#owned.get(name)?.holding.end(why);
    this.#owned.delete(name);
  }

  #loseOwned(why: string): void {
    for (const name of this.#owned.keys()) this.#lose(name, why);
  }

  #leave(why: string, error: ElectionError): void {
    this.#cancelRetry();
    this.#cancelTrust();
    this.#loseOwned(why);
    for (const { done } of this.#joins.splice(0)) done.reject(error);
  }

  #fail(error: ElectionError): void {
    this.#failure = error;
    this.#leave(error.message, error);
    void this.#session.close();
    this.#members.end();
  }

  #cancelTrust(): void {
    if (this.#trust !== undefined) this.#surroundings.clock.cancel(this.#trust);
    this.#trust = undefined;
  }

  #cancelRetry(): void {
    if (this.#retry !== undefined) this.#surroundings.clock.cancel(this.#retry);
    this.#retry = undefined;
  }
}

function isCode(error: unknown, code: ZooKeeperError['code']): boolean {
  return error instanceof ZooKeeperError && error.code === code;
}

/** By the number at the end: labels are all the same. */
function bySequence(one: string, other: string): number {
  return one < other ? -1 : 1;
}

function closedError(): ElectionError {
  return new ElectionError('ELECTION_CLOSED', 'The group is closed');
}
