import type { Action, Interval, Metadata } from '../protocol/action.ts';

/** What a disk knows of a log when it is opened. */
export interface RecoveredLog {
  /** `{ status: 'EMPTY', promised: 0 }` for a disk without a log. */
  readonly metadata: Metadata;
  /** The first position that is not truncated. 0 for an empty log. */
  readonly begin: number;
  /** The last position with an action of any kind. 0 for an empty log. */
  readonly end: number;
  /** The learned positions from `begin` on, ascending and apart from each other. */
  readonly learned: readonly Interval[];
  /** Positions from `begin` on with an action that is not learned. What is in neither is a hole. */
  readonly unlearned: readonly Interval[];
}

/** What is to be on the disk together or not at all. */
export interface LogWrite {
  /** Replaces the metadata. */
  readonly metadata?: Metadata;
  /**
   * Each replaces what is at its position. A learned truncation (or tombstone) moves `begin` to its `to` (behind the tombstone), never
   * back, and everything before `begin` may be deleted.
   */
  readonly actions?: readonly Action[];
  /**
   * The actions at these positions, as they are after `actions`, are learned. A write of nothing else need not be synced: who forgets them
   * learns them again.
   */
  readonly learned?: readonly Interval[];
}

/** Where a replica keeps its log. One replica has it, and opens it once. */
export interface LogStorage {
  /**
   * Reads what there is; called once, before all else. Rejects with a `LogError` (`LOG_CORRUPT`, `LOG_IN_USE`, `LOG_STORAGE_FAILED`) that
   * says what to do.
   */
  recover(): Promise<RecoveredLog>;
  /**
   * Resolves when all of it would survive a loss of power. Calls may overlap: they take effect in the order in which they were made, and
   * resolve in that order; those that overlap share a sync. After one has failed (`LOG_STORAGE_FAILED`) every later one fails.
   */
  persist(write: LogWrite): Promise<void>;
  /**
   * The actions at positions `from` to `to` that there are, ascending, as of the last persist that has resolved. With `bytesMax` it may
   * stop early, but not before the first action: so many bytes of entries are enough. Never answers with what fails its checksum: rejects
   * with `LOG_CORRUPT`.
   */
  read(from: number, to: number, bytesMax?: number): Promise<readonly Action[]>;
  /** Waits for what is under way and lets go of the disk. */
  close(): Promise<void>;
}
