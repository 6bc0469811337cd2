/** An entry that was appended. */
export interface LogEntry {
  readonly position: number;
  readonly data: Uint8Array;
}

/** Options of calls that may have to wait. */
export interface LogCallOptions {
  /** Rejects with `LOG_TIMED_OUT` after so long. Without it they wait until the log is closed. */
  readonly timeoutMs?: number;
  /** Rejects with its reason when it aborts. */
  readonly signal?: AbortSignal;
}

/**
 * Reads what the local replica has learned. It may lag behind: what it reads was decided for good, but is not all that was decided. As
 * `Log::Reader` of Mesos.
 */
export interface LogReader {
  /** The first position of the log as the local replica knows it. Waits until the replica votes. */
  beginning(options?: LogCallOptions): Promise<number>;
  /** The last position of the log as the local replica knows it. Waits until the replica votes. */
  ending(options?: LogCallOptions): Promise<number>;
  /**
   * The entries at `from` to `to`, both included, ascending; positions that hold something else are left out. Rejects with
   * `LOG_POSITION_TRUNCATED`, `LOG_POSITION_UNLEARNED` (also for positions behind the end) or `LOG_POSITION_INVALID`.
   */
  read(from: number, to: number): Promise<LogEntry[]>;
  /**
   * Has the local replica learn what the others have decided, without disturbing the leader, and answers with the last position up to which all is now
   * learned here: `read(beginning, catchup())` succeeds. As `Log::Reader::catchup` of Mesos 1.5.
   */
  catchup(options?: LogCallOptions): Promise<number>;
}

/** Appends to the log while no other writer does. As `Log::Writer` of Mesos. */
export interface LogWriter {
  /**
   * Wins the exclusive right to write, and has the local replica learn everything before. Resolves to the last position of the log, which can then be
   * read here up to there; to `lost` when another writer was in the way, or a quorum could not vote: try again, after a while. Whoever wrote before
   * is demoted.
   */
  start(options?: LogCallOptions): Promise<number | 'lost'>;
  /**
   * Resolves to the position of the entry when a quorum has it on its disks and the local replica has learned it; to `demoted` when another writer
   * has taken over: the entry may or may not be in the log then, which `start` finds out. Appends may be outstanding at the same time: their
   * positions are in the order of the calls, and so are their answers. Never throws for a lost leadership; rejects with `LOG_NOT_STARTED` before the first `start`,
   * `LOG_OVERLOADED`, `LOG_TOO_LARGE`, `LOG_CLOSED`, and with a `TypeError` for what is no `Uint8Array`. The bytes must not be changed afterwards.
   */
  append(data: Uint8Array): Promise<number | 'demoted'>;
  /** Gives up all positions before `to`. Resolves to the position of the truncation itself. Rejects with `LOG_POSITION_INVALID` too. */
  truncate(to: number): Promise<number | 'demoted'>;
  /** Resolves when this writer has been demoted, or the log closed, after it was elected: for those who have to know without appending. */
  demoted(): Promise<void>;
  /** Gives up the right to write, as if another had won it. */
  resign(): Promise<void>;
}
