/**
 * The actor of a replica: it feeds a `LogNode` with what happens and does what that answers, one event at a time. Nothing is decided here.
 * When the disk fails it ends, and those who are linked to it hear `exited`.
 *
 * Messages: those of `protocol/message.ts`, from members only. Methods: what `Log`, its readers and its writers call.
 */
import { PID, Process, deferred } from '@mesos-ts/libprocess';
import type { Counter, Deferred, EndReason } from '@mesos-ts/libprocess';
import { LogError } from '../errors.ts';
import { sizeOf } from '../interval-set.ts';
import type { LogEntry } from '../log-api.ts';
import type { Membership } from '../membership.ts';
import type { Action } from '../protocol/action.ts';
import { checkMessage, messageTypes } from '../protocol/check-message.ts';
import type { LogMessage } from '../protocol/message.ts';
import { LogNode } from '../protocol/node.ts';
import type { LogAnswer, LogEffects, LogEvent } from '../protocol/node.ts';
import type { LogBounds, LogTiming } from '../protocol/port.ts';
import type { LogStorage } from '../storage/log-storage.ts';

export interface ReplicaOptions {
  readonly id: string;
  readonly storage: LogStorage;
  readonly quorum: number;
  readonly members: Membership;
  readonly autoInitialize: boolean;
  readonly timing: LogTiming;
  readonly bounds: LogBounds;
  /** Before the names of its metrics. */
  readonly metricsPrefix: string;
  /** Whether a test clock waits for the disk. */
  readonly tracksStorage: boolean;
}

export class ReplicaProcess extends Process {
  readonly #options: ReplicaOptions;
  readonly #calls = new Map<number, Deferred<LogAnswer>>();
  readonly #demotions = new Map<number, Deferred<undefined>>();
  readonly #pids = new Map<string, PID>();
  #requests = 0;
  #node: LogNode | undefined;
  /** Why it ends, if it does not do so because it was asked to. */
  #failure: LogError | undefined;
  #strangers: Counter | undefined;

  constructor(options: ReplicaOptions) {
    super(options.id);
    this.#options = options;
  }

  /** Why it has ended, when it was not asked to. */
  get failure(): LogError | undefined {
    return this.#failure;
  }

  protected override async initialize(): Promise<void> {
    const { storage, members, quorum, metricsPrefix } = this.#options;
    const metrics = this.runtime.metrics.of(this.self);
    metrics.gauge(`${metricsPrefix}log/recovered`, () => (this.#node?.isRecovered === true ? 1 : 0), {
      help: 'Whether the replica of the log takes part in decisions.',
    });
    metrics.gauge(`${metricsPrefix}log/ensemble_size`, () => members.members().size, {
      help: 'Replicas of the log that are known.',
    });
    this.#strangers = metrics.counter(`${metricsPrefix}replicas/strangers_dropped`, {
      help: 'Messages to the replica of the log from others than its members.',
    });
    try {
      const recovered = await this.#track(storage.recover());
      const unlearned: Action[] = [];
      for (const { from, to } of recovered.unlearned) {
        unlearned.push(...(await this.#track(storage.read(from, to))));
      }
      const lost = sizeOf(recovered.unlearned) - unlearned.length;
      if (lost > 0) throw new LogError('LOG_CORRUPT', `The disk of the log lacks ${lost} actions that it said it had`);
      this.#node = new LogNode({
        ...this.#options,
        self: this.self.toString(),
        members: () => members.members(),
        areMembersKnown: () => members.isKnown?.() ?? true,
        clusterSize: members.size ?? 2 * quorum - 1,
        recovered,
        unlearned,
        nonce: Math.floor(this.runtime.random.next() * 2 ** 52),
        freshId: this.runtime.random.uuid(),
      });
    } catch (error) {
      this.#failure = asLogError(error);
      throw this.#failure;
    }
    for (const type of messageTypes) {
      this.install<LogMessage>(
        type,
        (from, message) => {
          const sender = from.toString();
          if (members.members().has(sender)) this.#step({ type: 'message', from: sender, message });
          else this.#strangers?.increment();
        },
        (body) => checkMessage(type, body),
      );
    }
    this.#step({ type: 'start' });
    this.#step({ type: 'ask around' });
  }

  protected override async finalize(reason: EndReason): Promise<void> {
    // What was learned last goes to the disk, unless that is why it ends.
    if (this.#failure === undefined && this.#node !== undefined) {
      for (const { write } of this.#node.step({ type: 'stop' }).persists) {
        this.#options.storage.persist(write).catch((error: unknown) => {
          this.runtime.logger.warn(`replicated log: what was learned last is not on the disk: ${String(error)}`);
        });
      }
    }
    const closed = this.#failure ?? new LogError('LOG_CLOSED', `The replica of the log has ended: ${reason.type}`);
    for (const call of this.#calls.values()) call.reject(closed);
    this.#calls.clear();
    for (const demotion of this.#demotions.values()) demotion.resolve(undefined);
    this.#demotions.clear();
    await this.#track(this.#options.storage.close());
  }

  /** Makes an event with a number for its answer, and resolves to that. When the caller gives up, it is forgotten. */
  call(make: (request: number) => LogEvent): Promise<LogAnswer> {
    const { signal } = this;
    const request = ++this.#requests;
    const answer = deferred<LogAnswer>();
    this.#calls.set(request, answer);
    const giveUp = (): void => {
      if (this.#calls.delete(request) && !this.terminated) this.#step({ type: 'forget', request });
    };
    // Where nobody gives up it is the signal of this actor, which must not gather listeners.
    const settled = (): void => {
      signal.removeEventListener('abort', giveUp);
    };
    signal.addEventListener('abort', giveUp);
    answer.promise.then(settled, settled);
    this.#step(make(request));
    return answer.promise;
  }

  /** As `call`, for those who never give up: writes, of which there are many. */
  write(make: (request: number) => LogEvent): Promise<LogAnswer> {
    const request = ++this.#requests;
    const answer = deferred<LogAnswer>();
    this.#calls.set(request, answer);
    this.#step(make(request));
    return answer.promise;
  }

  /** Resolves when a writer that is elected is no more, at once when it is not. */
  demotion(writer: number): Promise<undefined> {
    if (this.#node?.isElected(writer) !== true) return Promise.resolve(undefined);
    let demotion = this.#demotions.get(writer);
    if (demotion === undefined) this.#demotions.set(writer, (demotion = deferred()));
    return demotion.promise;
  }

  retire(writer: number): void {
    this.#step({ type: 'retire', writer });
  }

  /** The last position of which this replica has a record. */
  ending(): number {
    return this.#running.end;
  }

  async read(from: number, to: number): Promise<LogEntry[]> {
    if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to)) {
      throw new LogError('LOG_POSITION_INVALID', `Positions ${from} to ${to} are no range`);
    }
    this.#checkRange(from, to);
    const durable = deferred<LogAnswer>();
    const request = ++this.#requests;
    this.#calls.set(request, durable);
    this.#step({ type: 'await disk', request });
    await durable.promise;
    const actions = await this.#track(this.#options.storage.read(from, to)).catch((error: unknown) => {
      // A disk that cannot be read is not written to either.
      const failure = asLogError(error);
      const self: PID<ReplicaProcess> = this.self;
      if (!this.terminated) this.runtime.tell(self, 'fail', failure);
      throw failure;
    });
    // It may have been truncated since.
    this.#checkRange(from, to);
    if (actions.length !== to - from + 1) {
      throw new LogError('LOG_CORRUPT', `The disk has ${actions.length} of the positions ${from} to ${to}`);
    }
    return actions.flatMap(({ position, value }) =>
      value?.type === 'append' ? [{ position, data: value.bytes }] : [],
    );
  }

  wasRead(read: number, actions: readonly Action[]): void {
    this.#step({ type: 'read', read, actions });
  }

  persisted(ticket: number): void {
    this.#step({ type: 'persisted', ticket });
  }

  flush(): void {
    this.#step({ type: 'flush' });
  }

  /** Ends this actor, as it must when its disk has failed. */
  fail(error: LogError): never {
    this.#failure ??= error;
    throw error;
  }

  get #running(): LogNode {
    if (this.#node === undefined) throw new LogError('LOG_CLOSED', 'The replica of the log is not open');
    return this.#node;
  }

  #checkRange(from: number, to: number): void {
    const { begin, end } = this.#running;
    if (from < begin) {
      throw new LogError('LOG_POSITION_TRUNCATED', `Position ${from} is truncated: the log begins at ${begin}`);
    }
    const [missing] = to > end ? [{ from: Math.max(from, end + 1) }] : this.#running.missing(from, to, 1);
    if (missing !== undefined) {
      throw new LogError('LOG_POSITION_UNLEARNED', `Position ${missing.from} is not learned here: catch up first`);
    }
  }

  #step(event: LogEvent): void {
    this.#perform(this.#running.step(event));
  }

  #perform(effects: LogEffects): void {
    const { storage } = this.#options;
    const { runtime } = this;
    const self: PID<ReplicaProcess> = this.self;
    for (const { ticket, write } of effects.persists) {
      this.#track(storage.persist(write)).then(
        () => {
          if (!this.terminated) runtime.tell(self, 'persisted', ticket);
        },
        (error: unknown) => {
          if (!this.terminated) runtime.tell(self, 'fail', asLogError(error));
        },
      );
    }
    for (const { to, message } of effects.sends) this.send(this.#pid(to), message.type, message);
    for (const { read, positions, bytesMax } of effects.reads) this.#read(read, positions.from, positions.to, bytesMax);
    for (const { timer, minMs, maxMs } of effects.timers) {
      this.delay(minMs + runtime.random.next() * (maxMs - minMs), () => {
        this.#step({ type: 'timer', timer });
      });
    }
    for (const { code, text } of effects.unfit) {
      if (!this.terminated) runtime.tell(self, 'fail', new LogError(code, text));
    }
    for (const text of effects.warnings) runtime.logger.warn(`replicated log: ${text}`);
    for (const { request, answer } of effects.answers) {
      this.#calls.get(request)?.resolve(answer);
      this.#calls.delete(request);
    }
    for (const writer of effects.demoted) {
      this.#demotions.get(writer)?.resolve(undefined);
      this.#demotions.delete(writer);
    }
    if (effects.flush) runtime.tell(self, 'flush');
  }

  #read(read: number, from: number, to: number, bytesMax: number): void {
    const { runtime } = this;
    const self: PID<ReplicaProcess> = this.self;
    this.#track(this.#options.storage.read(from, to, bytesMax)).then(
      (actions) => {
        if (!this.terminated) runtime.tell(self, 'wasRead', read, actions);
      },
      (error: unknown) => {
        if (!this.terminated) runtime.tell(self, 'fail', asLogError(error));
      },
    );
  }

  #track<T>(operation: Promise<T>): Promise<T> {
    return this.#options.tracksStorage ? this.runtime.track(operation) : operation;
  }

  #pid(member: string): PID {
    let pid = this.#pids.get(member);
    if (pid === undefined) this.#pids.set(member, (pid = PID.parse(member)));
    return pid;
  }
}

function asLogError(error: unknown): LogError {
  if (error instanceof LogError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new LogError('LOG_STORAGE_FAILED', `The disk of the log has failed: ${text}`, { cause: error });
}
