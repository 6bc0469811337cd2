import { deferred, errorText } from '@mesos-ts/libprocess';
import type { Deferred, Timer } from '@mesos-ts/libprocess';
import { ElectionError } from '../errors.ts';
import { Holding } from '../group/holding.ts';
import { KnownMembers } from '../group/known-members.ts';
import { hostPort } from '../master-info.ts';
import { EtcdClient, EtcdError, endOf } from './client.ts';
import { EtcdLease } from './lease.ts';
import type { EtcdAddress } from '../address.ts';
import type { Candidacy, Group, GroupMember, Surroundings } from '../interfaces.ts';
import type { ServiceMemory } from '../group/service-memory.ts';
import type { EtcdEntry, EtcdStream } from './client.ts';

const retryMs = 500;

/** Options of `EtcdGroup`. */
export interface EtcdGroupOptions {
  /** Its `prefix` is that of the members' keys. */
  readonly address: Omit<EtcdAddress, 'kind'>;
  /** How long a lease lasts without being prolonged; etcd counts in whole seconds, and may settle on more. */
  readonly sessionTimeoutMs: number;
  /** What the last part of its keys begins with: `json.info` for masters. @default nothing */
  readonly label?: string | undefined;
  /** Knows it from before. @default nobody does */
  readonly memory?: ServiceMemory | undefined;
}

interface Join {
  /** Tells joins of one lease apart. */
  readonly number: number;
  readonly content: string;
  readonly done: Deferred<Candidacy>;
}

interface Owned extends Join {
  readonly holding: Holding;
}

/**
 * A group in etcd: a key for each member, under a lease, oldest first by the revision in which it was made. A key is named after its lease, so that one whose
 * making was never answered is found again.
 */
export class EtcdGroup implements Group {
  readonly #options: EtcdGroupOptions;
  readonly #surroundings: Surroundings;
  readonly #client: EtcdClient;
  readonly #prefix: string;
  readonly #where: string;
  readonly #members = new KnownMembers();
  readonly #joins: Join[] = [];
  readonly #owned = new Map<string, Owned>();
  #lease: EtcdLease | undefined;
  #watch: EtcdStream | undefined;
  #failure: ElectionError | undefined;
  #isClosed = false;
  #isSynchronising = false;
  #isStale = false;
  #retry: Timer | undefined;
  #clusterId: bigint | undefined;
  #revision = 0n;
  #isRemembered = false;
  /** Until when somebody may lead of whom etcd has forgotten. */
  #untrustedUntilMs = Number.NEGATIVE_INFINITY;
  /** When what is known was asked for. */
  #readMs: number;
  #silence: Timer | undefined;
  #isTold = false;
  #count = 0;

  constructor(options: EtcdGroupOptions, surroundings: Surroundings) {
    const { address, label, sessionTimeoutMs } = options;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#client = new EtcdClient(address, Math.max(100, Math.round(sessionTimeoutMs / 3)), surroundings);
    this.#prefix = `${address.prefix}/${label === undefined ? '' : `${label}_`}`;
    this.#where = `etcd://${address.endpoints.map(({ host, port }) => hostPort(host, port)).join(',')}${address.prefix}`;
    this.#readMs = surroundings.clock.monotonic();
    this.#synchronise();
  }

  join(content: string): Promise<Candidacy> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isClosed) return Promise.reject(closedError());
    const join: Join = { number: this.#count++, content, done: deferred() };
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
    const lease = this.#lease;
    this.#letGo('closed', closedError());
    // Its keys would else stay until it ends by itself.
    if (lease !== undefined) await this.#client.revoke(lease.id).catch(() => undefined);
    this.#client.close();
    await this.#options.memory?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Does what is to be done, and once more when something has changed meanwhile. */
  #synchronise(): void {
    this.#isStale = true;
    if (!this.#isSynchronising) void this.#synchroniseAll();
  }

  async #synchroniseAll(): Promise<void> {
    this.#isSynchronising = true;
    while (this.#isStale && !this.#isOver) {
      this.#isStale = false;
      this.#cancel('retry');
      try {
        await this.#openWatch();
        await this.#look();
        await this.#makeKeys();
        this.#isTold = false;
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#isSynchronising = false;
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#failure !== undefined;
  }

  /** Hears of changes. Opened before anything is read, so that none is missed. */
  async #openWatch(): Promise<void> {
    if (this.#watch !== undefined) return;
    const stream = await this.#client.stream('Watch/Watch', {
      // That something has changed is enough: it is read anew.
      received: () => {
        this.#synchronise();
      },
      ended: () => {
        if (this.#watch !== stream) return;
        this.#watch = undefined;
        this.#later();
      },
    });
    this.#watch = stream;
    stream.send({ 1: { 1: this.#prefix, 2: endOf(this.#prefix) } });
  }

  async #remember(): Promise<void> {
    if (this.#isRemembered) return;
    const revision = (await this.#options.memory?.read(this.#where)) ?? 0n;
    if (revision > this.#revision) this.#revision = revision;
    this.#isRemembered = true;
  }

  async #look(): Promise<void> {
    await this.#remember();
    if (this.#isOver) return;
    const before = [...this.#owned.keys()];
    const askedMs = this.#surroundings.clock.monotonic();
    const { clusterId, entries, revision } = await this.#client.range(this.#prefix);
    if (this.#isOver) return;
    if (this.#clusterId !== undefined && this.#clusterId !== clusterId) {
      const ids = `${hex(this.#clusterId)} and ${hex(clusterId)}`;
      const text = `${this.#where}: the answers are of two clusters, ${ids}. All endpoints must be members of one etcd`;
      this.#fail(new ElectionError('ELECTION_OTHER_SERVICE', text));
      return;
    }
    this.#clusterId = clusterId;
    if (revision < this.#revision) this.#forgotten(revision);
    this.#revision = revision;
    const alive = new Set(entries.map(({ key }) => key));
    for (const key of before) if (!alive.has(key)) this.#lose(key, `'${key}' is gone from etcd`);
    const isTrusted = askedMs >= this.#untrustedUntilMs;
    this.#show(
      isTrusted ? entries.toSorted(byAge).map(({ key, value }) => ({ name: key, content: value.toString() })) : [],
    );
    this.#readMs = askedMs;
    this.#cancel('silence');
    this.#expectNews();
  }

  /** etcd has lost what it knew: whoever it elected before may be another. */
  #forgotten(revision: bigint): void {
    this.#surroundings.logger.error(
      `${this.#where} has forgotten what it knew (revision ${revision} after ${this.#revision}): was its data removed, or an older state restored?`,
    );
    this.#distrust();
    this.#endLease('etcd has forgotten it');
  }

  /** Nobody is to be elected by it while a leader may hold what it had before. */
  #distrust(): void {
    const { sessionTimeoutMs } = this.#options;
    this.#untrustedUntilMs = this.#surroundings.clock.monotonic() + sessionTimeoutMs;
    this.#show([]);
  }

  async #makeKeys(): Promise<void> {
    for (let join = this.#joins[0]; join !== undefined && !this.#isOver; join = this.#joins[0]) {
      const lease = this.#lease ?? (await this.#grant());
      if (this.#isOver) return;
      const key = `${this.#prefix}${hex(lease.id)}_${join.number}`;
      // When it is there, an earlier attempt has made it, which was never answered.
      await this.#client.write(key, Buffer.from(join.content), 0n, lease.id);
      if (this.#lease !== lease || this.#isOver) return;
      this.#joins.shift();
      const holding = new Holding(
        key,
        () => lease.isHeld(),
        async () => {
          this.#owned.delete(key);
          // When it cannot be removed now, it ends with its lease.
          await this.#client.remove(key).catch(() => {
            if (this.#lease === lease) this.#endLease('a member could not leave');
          });
          this.#synchronise();
        },
      );
      this.#owned.set(key, { ...join, holding });
      join.done.resolve(holding);
      this.#isStale = true;
    }
  }

  async #grant(): Promise<EtcdLease> {
    const askedMs = this.#surroundings.clock.monotonic();
    const { id, seconds } = await this.#client.grant(Math.max(1, Math.ceil(this.#options.sessionTimeoutMs / 1000)));
    const ended = (why: string, isForgotten: boolean): void => {
      if (this.#lease !== lease) return;
      if (isForgotten) this.#distrust();
      this.#surroundings.logger.warn(`The lease in ${this.#where} is over: ${why}`);
      this.#endLease(why);
      this.#synchronise();
    };
    const lease: EtcdLease = new EtcdLease(
      { id, ttlMs: seconds * 1000, askedMs, ended },
      this.#client,
      this.#surroundings,
    );
    this.#lease = lease;
    if (this.#isOver) lease.stop();
    return lease;
  }

  #failed(error: unknown): void {
    if (this.#isOver) return;
    if (error instanceof EtcdError && !error.isPassing) {
      const isForbidden = error.status === 7;
      const code = isForbidden ? 'ELECTION_FORBIDDEN' : 'ELECTION_AUTHENTICATION_FAILED';
      const text = `${this.#where} refuses ${isForbidden ? 'the keys' : 'the credentials'}: ${error.message}`;
      this.#fail(new ElectionError(code, text, { cause: error }));
      return;
    }
    if (!this.#isTold) this.#surroundings.logger.warn(`${this.#where}: ${errorText(error)}; trying again`);
    this.#isTold = true;
    this.#later();
  }

  #later(): void {
    if (this.#isOver) return;
    this.#cancel('retry');
    this.#expectNews();
    this.#retry = this.#surroundings.clock.timer(
      retryMs,
      () => {
        this.#synchronise();
      },
      { keepsAlive: true },
    );
  }

  /** What is known holds as long as a lease would without being prolonged. Looked at again and again, so that a watch that hangs is no matter. */
  #expectNews(): void {
    if (this.#silence !== undefined) return;
    const { clock } = this.#surroundings;
    const { sessionTimeoutMs } = this.#options;
    this.#silence = clock.timer(
      sessionTimeoutMs / 2,
      () => {
        this.#silence = undefined;
        if (clock.monotonic() - this.#readMs >= sessionTimeoutMs) this.#show([]);
        this.#expectNews();
        this.#synchronise();
      },
      { keepsAlive: true },
    );
  }

  #show(members: readonly GroupMember[]): void {
    if (this.#members.are(members)) return;
    if (members.length > 0) this.#options.memory?.write(this.#where, this.#revision);
    this.#members.show(members);
  }

  #lose(key: string, why: string): void {
    this.#owned.get(key)?.holding.end(why);
    this.#owned.delete(key);
  }

  #endLease(why: string): void {
    this.#lease?.stop();
    this.#lease = undefined;
    for (const { holding } of this.#owned.values()) holding.end(why);
    this.#owned.clear();
  }

  #letGo(why: string, error: ElectionError): void {
    this.#cancel('retry');
    this.#cancel('silence');
    this.#endLease(why);
    this.#watch?.close();
    this.#watch = undefined;
    for (const { done } of this.#joins.splice(0)) done.reject(error);
  }

  #fail(error: ElectionError): void {
    this.#failure = error;
    this.#letGo(error.message, error);
    this.#client.close();
    this.#members.end();
  }

  #cancel(which: 'retry' | 'silence'): void {
    const timer = which === 'retry' ? this.#retry : this.#silence;
    if (timer !== undefined) this.#surroundings.clock.cancel(timer);
    if (which === 'retry') this.#retry = undefined;
    else this.#silence = undefined;
  }
}

function byAge(one: EtcdEntry, other: EtcdEntry): number {
  return one.createRevision < other.createRevision ? -1 : 1;
}

function hex(id: bigint): string {
  return BigInt.asUintN(64, id).toString(16).padStart(16, '0');
}

function closedError(): ElectionError {
  return new ElectionError('ELECTION_CLOSED', 'The group is closed');
}
