import { LocalAuthorizer, type Approvers, type Authorizer } from '@mesos-ts/daemon';
import { wholeAnswer, type ListingAnswer } from '@mesos-ts/daemon/listing';
import { errorText } from '@mesos-ts/libprocess';
import { MasterError } from '../errors.ts';
import { Answers } from './answers.ts';
import { Feed } from './feed.ts';
import type { Principal } from '@mesos-ts/libprocess';
import type { MasterFacts, MasterSettings } from '../options.ts';
import type { Cluster } from '../state/cluster.ts';
import type { Change } from './change.ts';
import type { Answered, Ask, Asker, Question, ReadModelFacts } from './question.ts';

/** Who answers questions from a copy of a cluster, in whichever thread. What it is told and asked is worked through in that order. */
export interface AnswersSource {
  /** Resolves when the changes were taken over. */
  apply(changes: readonly Change[]): Promise<unknown>;
  ask(ask: Ask, approvers?: Approvers): Promise<Answered>;
  close(): Promise<void>;
}

/** What the read model needs. */
export interface ReadModelOptions {
  readonly cluster: Cluster;
  readonly facts: MasterFacts;
  readonly settings: MasterSettings;
  /** Who decides what clients may see; undefined: everybody may see everything. */
  readonly authorizer: Authorizer | undefined;
  /** Lets the event loop go round. */
  readonly turn: () => Promise<void>;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  /** Starts a thread that answers; rejects where there can be none. */
  readonly startThread: (facts: ReadModelFacts) => Promise<AnswersSource>;
  /** Counts something under `master/<name>`. */
  readonly count: (name: string) => void;
  readonly warn: (text: string) => void;
  /** From how many agents, frameworks and tasks on a thread answers. @default 2000 */
  readonly threadFrom?: number;
}

/** How somebody asks. */
export interface AskOptions {
  readonly gzip?: boolean;
  /** Hears that the answer will be of this very moment; another time if it has to be asked for anew. */
  readonly atMoment?: () => void;
}

/** Those who answer at present, and what they have sent. */
interface Backend {
  readonly source: AnswersSource;
  readonly feed: Feed;
  readonly isThread: boolean;
  readonly blocks: Map<number, Uint8Array>;
}

/** A question that several may wait for. */
interface Asked {
  readonly key: string;
  readonly ask: Omit<Ask, 'nowMs'>;
  readonly approvers: Approvers | undefined;
  readonly moments: (() => void)[];
  readonly told: Promise<ListingAnswer>;
  /** Of which moment the answer will be, as soon as that has come. */
  revision: number | undefined;
}

const defaultThreadFrom = 2_000;
// A millisecond's worth of changes or so, after which others have their turn.
const weightPerTurn = 150;
// What to tell of an agent or a framework costs, in entries of maps.
const recordWeight = 3;
// Changes that are collected before they are told whether somebody asks or not.
const collectedMax = 500;
// What was told and not taken over yet.
const untakenMax = 4;
// How long after the last question a copy of the cluster is kept.
const idleMs = 600_000;
// Answers that are kept for those who ask again before anything has changed.
const answersMax = 16;
// After so many failures in a row there are no more threads.
const failuresMax = 3;

/**
 * The state of the cluster as it is told. From the first question on a copy of the cluster is kept up to date, by which questions are
 * answered: by this thread as long as the cluster is small, then by another one. The master's thread only tells what has changed, some of
 * it at a time, and hands over the bytes of answers. Each answer is of one moment, and no older than its question. See decision 21.
 */
export class ReadModel {
  readonly #options: ReadModelOptions;
  #backend: Promise<Backend> | undefined;
  #isThread = false;
  #generation = 0;
  #failures = 0;
  #askedMs = 0;
  #isClosed = false;
  /** Those that wait for their moment, those that have had it, and the last answers. */
  readonly #waiting = new Map<string, Asked>();
  readonly #placed = new Map<string, Asked>();
  readonly #answers = new Map<string, { readonly told: ListingAnswer; readonly revision: number }>();
  /** By which answers are told apart: those who have the same share them. */
  readonly #rights = new WeakMap<Approvers, number>();
  #lastRights = 0;
  /** Resolves when nobody is telling changes. */
  #told: Promise<unknown> = Promise.resolve();
  #isTelling = false;

  constructor(options: ReadModelOptions) {
    this.#options = options;
  }

  /** Answers a question as far as a principal may see. Rejects with `MASTER_READ_MODEL` when nobody can answer at present. */
  async ask(question: Question, principal: Principal | undefined, options: AskOptions = {}): Promise<ListingAnswer> {
    this.#askedMs = this.#options.nowMs();
    try {
      return await this.#ask(question, principal, options);
    } catch (error) {
      if (this.#isClosed) throw new MasterError('MASTER_READ_MODEL', 'The master is ending', { cause: error });
    }
    // By others: whoever has failed is not asked again.
    try {
      return await this.#ask(question, principal, options);
    } catch (error) {
      throw new MasterError('MASTER_READ_MODEL', `The state cannot be told: ${errorText(error)}`, { cause: error });
    }
  }

  /** The master has decided something. What has changed is told to whoever answers, when it is much. */
  decided(): void {
    if (this.#backend === undefined) return;
    if (this.#options.cluster.changes.count >= collectedMax && !this.#isTelling) {
      const backend = this.#backend;
      void this.#tell(backend).catch((error: unknown) => this.#failed(backend, error));
    }
    if (this.#options.nowMs() - this.#askedMs >= idleMs) void this.#drop(this.#backend);
  }

  /** What the master says of itself is something else from now on. */
  restart(): void {
    if (this.#backend !== undefined) void this.#drop(this.#backend);
  }

  /** Ends whoever answers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#backend !== undefined) await this.#drop(this.#backend);
  }

  #ask(
    question: Question,
    principal: Principal | undefined,
    { atMoment, gzip = false }: AskOptions,
  ): Promise<ListingAnswer> {
    const { changes } = this.#options.cluster;
    const { approvers, asker, rights } = this.#askerOf(principal);
    const key = `${rights} ${gzip ? 'gzip' : ''} ${JSON.stringify(question)}`;
    const known = this.#answers.get(key);
    if (
      known !== undefined &&
      approvers === undefined &&
      this.#backend !== undefined &&
      known.revision === changes.revision
    ) {
      this.#options.count('http_cache_hits');
      atMoment?.();
      return Promise.resolve(known.told);
    }
    const before = this.#placed.get(key);
    if (before?.revision === changes.revision) {
      this.#options.count('http_cache_hits');
      atMoment?.();
      return before.told;
    }
    const joined = this.#waiting.get(key);
    if (joined !== undefined) this.#options.count('http_cache_hits');
    const waiting = joined ?? this.#wait(key, { asker, gzip, question }, approvers, before);
    if (atMoment !== undefined) waiting.moments.push(atMoment);
    return waiting.told;
  }

  /** Asks as soon as the same question of before is answered: for all who ask until then. */
  #wait(key: string, ask: Omit<Ask, 'nowMs'>, approvers: Approvers | undefined, before: Asked | undefined): Asked {
    const told = (before?.told ?? Promise.resolve()).then(
      () => this.#place(asked),
      () => this.#place(asked),
    );
    const asked: Asked = { key, ask, approvers, moments: [], told, revision: undefined };
    this.#waiting.set(key, asked);
    return asked;
  }

  /** Tells all changes, and asks in the moment when there are no more. */
  async #place(asked: Asked): Promise<ListingAnswer> {
    const { approvers, ask, key } = asked;
    const backend = this.#ready();
    try {
      const told = await this.#tell(backend, ({ blocks, source }) => {
        this.#waiting.delete(key);
        this.#placed.set(key, asked);
        asked.revision = this.#options.cluster.changes.revision;
        for (const moment of asked.moments) moment();
        // At once: answers come in the order in which blocks are sent and named.
        return source
          .ask({ ...ask, nowMs: this.#options.nowMs() }, approvers)
          .then((answered) => wholeAnswer(answered, blocks));
      });
      this.#failures = 0;
      if (backend === this.#backend) this.#keep(asked, told);
      return told;
    } catch (error) {
      await this.#failed(backend, error);
      throw error;
    } finally {
      if (this.#waiting.get(key) === asked) this.#waiting.delete(key);
      if (this.#placed.get(key) === asked) this.#placed.delete(key);
    }
  }

  #keep({ key, revision }: Asked, told: ListingAnswer): void {
    if (revision !== this.#options.cluster.changes.revision) return;
    this.#answers.set(key, { told, revision });
    for (const [other, { revision: of }] of this.#answers) {
      if (of !== revision || this.#answers.size > answersMax) this.#answers.delete(other);
    }
  }

  /**
   * Tells whoever answers what has changed, some of it at a time, one such work after the other.
   * @param then What is done in the same turn in which there is nothing more to tell.
   */
  #tell(backend: Promise<Backend>): Promise<undefined>;
  #tell<R>(backend: Promise<Backend>, then: (backend: Backend) => Promise<R>): Promise<R>;
  #tell<R>(backend: Promise<Backend>, then?: (backend: Backend) => Promise<R>): Promise<R | undefined> {
    // What follows begins as soon as all is told, before there is an answer.
    let answer: Promise<R> | undefined;
    const told = this.#told.then(async () => {
      const ready = await backend;
      if (backend !== this.#backend) throw new MasterError('MASTER_READ_MODEL', 'Others answer from now on');
      this.#isTelling = true;
      try {
        const untaken: Promise<unknown>[] = [];
        let batch: Change[] = [];
        let weight = 0;
        for (const change of ready.feed.take()) {
          batch.push(change);
          weight += weightOf(change);
          if (weight < weightPerTurn) continue;
          untaken.push(ready.source.apply(batch));
          batch = [];
          weight = 0;
          if (untaken.length > untakenMax) await untaken.shift();
          await this.#options.turn();
          // What has changed is told to others from now on, from the beginning.
          if (backend !== this.#backend) throw new MasterError('MASTER_READ_MODEL', 'Others answer from now on');
        }
        this.#options.cluster.changes.count = 0;
        if (batch.length > 0) untaken.push(ready.source.apply(batch));
        answer = then?.(ready);
        // It is heard of where the answer is waited for.
        answer?.catch(() => undefined);
        await Promise.all(untaken);
      } finally {
        this.#isTelling = false;
      }
    });
    this.#told = told.catch(() => undefined);
    return told.then(() => answer);
  }

  /** Those who answer; others than before where these are not the right ones any more. */
  #ready(): Promise<Backend> {
    const isThread = this.#wantsThread();
    if (this.#backend !== undefined && (this.#isThread || !isThread)) return this.#backend;
    if (this.#isClosed) return Promise.reject(new MasterError('MASTER_READ_MODEL', 'The master is ending'));
    if (this.#backend !== undefined) void this.#drop(this.#backend);
    this.#isThread = isThread;
    const backend = isThread ? this.#startThread() : Promise.resolve(this.#startHere());
    this.#backend = backend;
    // Whoever waits for it hears of it.
    backend.catch(() => undefined);
    return backend;
  }

  /** Whether a thread is worth its memory. Authorizers that are code cannot be asked there. */
  #wantsThread(): boolean {
    const { authorizer, cluster, threadFrom = defaultThreadFrom } = this.#options;
    if (authorizer !== undefined && !(authorizer instanceof LocalAuthorizer)) return false;
    if (this.#failures >= failuresMax) return false;
    let size = cluster.agents.size;
    for (const list of [cluster.frameworks, cluster.completedFrameworks]) {
      for (const { completedTasks, tasks, unreachableTasks } of list.values()) {
        if (size >= threadFrom) return true;
        size += 1 + tasks.size + unreachableTasks.size + completedTasks.size;
      }
    }
    return size >= threadFrom;
  }

  #startHere(): Backend {
    const answers = new Answers(this.#facts(), this.#options.turn);
    const source: AnswersSource = {
      apply: (changes) => answers.apply(changes),
      ask: (ask, approvers) => answers.ask(ask, approvers),
      close: () => Promise.resolve(),
    };
    return { source, feed: new Feed(this.#options.cluster), isThread: false, blocks: new Map() };
  }

  async #startThread(): Promise<Backend> {
    let source: AnswersSource;
    try {
      source = await this.#options.startThread(this.#facts());
    } catch (error) {
      this.#options.count('read_model_failures');
      this.#options.warn(
        `The state is told by the master's own thread, since no other can be started: ${errorText(error)}`,
      );
      this.#failures = failuresMax;
      this.#isThread = false;
      return this.#startHere();
    }
    return { source, feed: new Feed(this.#options.cluster), isThread: true, blocks: new Map() };
  }

  #facts(): ReadModelFacts {
    const { authorizer, facts, settings } = this.#options;
    const { cluster, roles } = settings;
    this.#generation++;
    return {
      facts,
      settings: { cluster, roles },
      acls: authorizer instanceof LocalAuthorizer ? authorizer.acls : undefined,
      generation: this.#generation,
    };
  }

  /** Whoever answers has failed, and is replaced when the next one asks. */
  async #failed(backend: Promise<Backend>, error: unknown): Promise<void> {
    if (backend !== this.#backend || this.#isClosed) return;
    this.#failures++;
    this.#options.count('read_model_failures');
    this.#options.warn(`What tells the state has failed, and is started anew: ${errorText(error)}`);
    await this.#drop(backend);
  }

  async #drop(backend: Promise<Backend>): Promise<void> {
    if (backend === this.#backend) {
      this.#backend = undefined;
      this.#answers.clear();
    }
    const ended = await backend.catch(() => undefined);
    // Unless somebody else keeps a copy already.
    if (this.#backend === undefined) ended?.feed.end();
    await ended?.source.close().catch((error: unknown) => {
      this.#options.warn(`What told the state cannot be ended: ${errorText(error)}`);
    });
  }

  #askerOf(principal: Principal | undefined): { asker: Asker; approvers: Approvers | undefined; rights: string } {
    const { authorizer } = this.#options;
    if (authorizer === undefined) return { asker: 'everything', approvers: undefined, rights: '' };
    const approvers = authorizer.approvers(principal);
    const number = this.#rights.get(approvers) ?? ++this.#lastRights;
    this.#rights.set(approvers, number);
    const isOfCode = !(authorizer instanceof LocalAuthorizer);
    return { asker: { principal }, approvers: isOfCode ? approvers : undefined, rights: `rights ${number}` };
  }
}

function weightOf(change: Change): number {
  return change.kind === 'entries' ? change.entries.length : recordWeight;
}
