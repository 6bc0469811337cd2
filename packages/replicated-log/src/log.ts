import { PID, ProcessError } from '@mesos-ts/libprocess';
import type { ProcessRuntime } from '@mesos-ts/libprocess';
import { ReplicaProcess } from './actors/replica-process.ts';
import { LogError } from './errors.ts';
import type { LogCallOptions, LogEntry, LogReader, LogWriter } from './log-api.ts';
import { fixedMembership } from './membership.ts';
import type { Membership } from './membership.ts';
import type { LogAnswer, LogEvent } from './protocol/node.ts';
import { defaultBounds, defaultTiming } from './protocol/port.ts';
import type { LogBounds, LogTiming } from './protocol/port.ts';
import type { LogStorage } from './storage/log-storage.ts';

/** Where a log is kept, and with whom it is shared. */
export interface LogOptions {
  /** Where its replica lives. */
  readonly runtime: ProcessRuntime;
  /** Where the replica keeps its log; nobody else has it, and it has not been opened. The log closes it. */
  readonly storage: LogStorage;
  /**
   * How many replicas decide: a majority of all that there are, the same number for each of them. With 5 replicas it is 3. A lesser number
   * loses the log; it is refused where the number of replicas is known.
   */
  readonly quorum: number;
  /** The replicas. @default this one alone */
  readonly members?: Membership;
  /**
   * Whether a log that all replicas find empty is a new one. When it is not, `mesos-log initialize` says once which disks are new, and a cluster
   * that has lost all its disks does not begin anew by itself. @default false
   */
  readonly autoInitialize?: boolean;
  /** The name of the replica's actor. @default `log-replica(1)`, or the next that is free */
  readonly id?: string;
  /** Before the names of its metrics `log/recovered` and `log/ensemble_size`. @default none */
  readonly metricsPrefix?: string;
  /**
   * Whether a test clock waits for the storage, as it must for the disk of the machine; not for a simulated disk, which takes the clock's time.
   * @default true
   */
  readonly tracksStorage?: boolean;
  /** Waiting times other than the usual ones. */
  readonly timing?: Partial<LogTiming>;
  /** Bounds other than the usual ones. */
  readonly bounds?: Partial<LogBounds>;
}

/** The name of the first replica of a runtime; as in Mesos. */
export const defaultReplicaId = 'log-replica(1)';

/** One replica of a log, with readers and writers on it. As `Log` of Mesos. */
export class Log {
  readonly #runtime: ProcessRuntime;
  readonly #replica: ReplicaProcess;
  readonly #pid: PID<ReplicaProcess>;
  #writers = 0;

  private constructor(runtime: ProcessRuntime, replica: ReplicaProcess) {
    this.#runtime = runtime;
    this.#replica = replica;
    this.#pid = runtime.spawn(replica);
  }

  /**
   * Opens the log: its replica begins to recover. Calls of readers and writers wait for that. Throws `LOG_OPTION_INVALID`; a disk that cannot
   * be opened is told by `opened`, and by every call.
   */
  static open(options: LogOptions): Log {
    const { runtime, quorum, id = freeId(runtime) } = options;
    const self = new PID(id, runtime.address).toString();
    const members = options.members ?? fixedMembership([self]);
    checkMembers(quorum, members, self);
    const replica = new ReplicaProcess({
      id,
      storage: options.storage,
      quorum,
      members,
      autoInitialize: options.autoInitialize ?? false,
      timing: { ...defaultTiming, ...options.timing },
      bounds: { ...defaultBounds, ...options.bounds },
      metricsPrefix: options.metricsPrefix ?? '',
      tracksStorage: options.tracksStorage ?? true,
    });
    return new Log(runtime, replica);
  }

  /** The actor of the replica: who is linked to it hears of its end, which a failing disk brings about. */
  get pid(): PID {
    return this.#pid;
  }

  /** Resolves when the disk has been read; rejects with what is wrong with it. */
  async opened(): Promise<void> {
    const isOpen = await this.#runtime.whenInitialized(this.#pid);
    if (!isOpen) throw this.#replica.failure ?? closed();
  }

  /** Resolves when the replica takes part in decisions. */
  async recovered(options: LogCallOptions = {}): Promise<void> {
    await this.#call((request) => ({ type: 'await vote', request }), options);
  }

  reader(): LogReader {
    return {
      beginning: (options = {}) => this.#position((request) => ({ type: 'await vote', request }), options),
      ending: async (options = {}) => {
        await this.recovered(options);
        return this.#mine(this.#runtime.dispatch(this.#pid, 'ending'));
      },
      read: (from, to): Promise<LogEntry[]> => this.#mine(this.#runtime.dispatch(this.#pid, 'read', [from, to])),
      catchup: (options = {}) => this.#position((request) => ({ type: 'catch up', request }), options),
    };
  }

  /** A writer of its own: of several, on whatever replicas, the one that was started last writes. */
  writer(): LogWriter {
    const writer = ++this.#writers;
    let started = false;
    const write = async (make: (request: number) => LogEvent): Promise<number | 'demoted'> => {
      if (!started) throw new LogError('LOG_NOT_STARTED', 'The writer has to be started first');
      const answer = await this.#mine(this.#runtime.dispatch(this.#pid, 'write', [make]));
      if (typeof answer === 'number') return answer;
      if (answer === 'lost' || answer === 'demoted') return 'demoted';
      throw new LogError(answer, refusals[answer]);
    };
    return {
      start: async (options = {}) => {
        started = true;
        const answer = await this.#call((request) => ({ type: 'elect', writer, request }), options);
        return typeof answer === 'number' ? answer : 'lost';
      },
      append: async (bytes) => {
        // It would go to disks and other machines before anybody looks at it.
        if (!(bytes instanceof Uint8Array)) throw new TypeError('An entry of the log is a Uint8Array');
        return write((request) => ({ type: 'append', writer, request, bytes }));
      },
      truncate: (to) => write((request) => ({ type: 'truncate', writer, request, to })),
      demoted: async () => {
        // When the replica has ended, nobody is elected.
        await this.#runtime.dispatch(this.#pid, 'demotion', [writer]).catch(() => undefined);
      },
      resign: async () => {
        await this.#mine(this.#runtime.dispatch(this.#pid, 'retire', [writer]));
      },
    };
  }

  /** Ends the replica and lets go of the disk. Whatever is outstanding rejects with `LOG_CLOSED`. */
  async close(): Promise<void> {
    this.#runtime.terminate(this.#pid);
    await this.#runtime.wait(this.#pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #position(make: (request: number) => LogEvent, options: LogCallOptions): Promise<number> {
    const answer = await this.#call(make, options);
    if (typeof answer !== 'number') throw closed();
    return answer;
  }

  async #call(make: (request: number) => LogEvent, { timeoutMs, signal }: LogCallOptions): Promise<LogAnswer> {
    const limits = { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(signal === undefined ? {} : { signal }) };
    return this.#mine(this.#runtime.dispatch(this.#pid, 'call', [make], limits));
  }

  /** Errors of the runtime as those of the log. */
  async #mine<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      if (error.code === 'ASK_TIMEOUT') {
        throw new LogError('LOG_TIMED_OUT', 'The log has not answered in time', { cause: error });
      }
      throw this.#replica.failure ?? closed(error);
    }
  }
}

const refusals = {
  LOG_OVERLOADED: 'More is outstanding than the bounds allow',
  LOG_TOO_LARGE: 'The entry is larger than the bounds allow',
  LOG_POSITION_INVALID: 'A log is truncated to a position from 0 up to its next one',
} as const;

function closed(cause?: unknown): LogError {
  return new LogError('LOG_CLOSED', 'The log is closed', { cause });
}

function freeId(runtime: ProcessRuntime): string {
  return runtime.has(defaultReplicaId) ? runtime.generateId('log-replica') : defaultReplicaId;
}

/**
 * Whether a replica can be opened with that quorum among these members, as far as that can be told beforehand. Throws `LOG_OPTION_INVALID`.
 * @param self The PID of the replica.
 */
export function checkMembers(quorum: number, membership: Membership, self: string): void {
  const { size } = membership;
  const members = membership.members();
  if (!Number.isSafeInteger(quorum) || quorum < 1) {
    throw new LogError('LOG_OPTION_INVALID', `A quorum of ${quorum} is none: it is a whole number from 1 on`);
  }
  if (size === undefined) return;
  if (quorum <= size / 2 || quorum > size) {
    throw new LogError(
      'LOG_OPTION_INVALID',
      `A quorum of ${quorum} is no majority of ${size} replicas: use ${Math.floor(size / 2) + 1}`,
    );
  }
  if (!members.has(self)) {
    throw new LogError(
      'LOG_OPTION_INVALID',
      `The replica ${self} is not among the members: ${[...members].join(', ')}`,
    );
  }
}
