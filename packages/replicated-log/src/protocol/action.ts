/**
 * What a position of the log holds. Positions and proposal numbers are safe integers from 0 on: a million entries a second reach the end of
 * them in 285 years.
 */
export type ActionValue =
  /** Nothing: fills a position that nobody has a value for. As `tombstone` it says that its position and all before it are truncated. */
  | { readonly type: 'nop'; readonly tombstone?: boolean }
  /** An entry. The bytes must not be changed. */
  | { readonly type: 'append'; readonly bytes: Uint8Array }
  /** All positions before `to` are given up, once this has been learned. `to` is never greater than the position of this action. */
  | { readonly type: 'truncate'; readonly to: number };

/** What a replica has on its disk for one position. As `Action` of Mesos's `log.proto`. */
export interface Action {
  readonly position: number;
  /** The greatest proposal that this replica has promised to for this position. */
  readonly promised: number;
  /** The proposal under which `value` was accepted. Absent together with `value` while there is only a promise. */
  readonly performed?: number;
  readonly value?: ActionValue;
  /** Whether a quorum is known to have accepted `value`: it is then the value of this position for good. */
  readonly learned?: boolean;
}

/** An action that has a value. */
export interface PerformedAction extends Action {
  readonly performed: number;
  readonly value: ActionValue;
}

/** The states of a replica, as in Mesos: only a `VOTING` one takes part in decisions. */
export type ReplicaStatus =
  /** New, or its disk was lost: knows nothing, and knows that it knows nothing. */
  | 'EMPTY'
  /** Auto-initialisation: all replicas were seen to be empty. */
  | 'STARTING'
  /** Catches up with what the others have decided. */
  | 'RECOVERING'
  | 'VOTING';

/** What a replica has on its disk about itself. */
export interface Metadata {
  readonly status: ReplicaStatus;
  /** The greatest proposal that it has promised to for all positions that it has no record of. */
  readonly promised: number;
  /** How many times this replica has begun anew without what it had promised before. @default 0 */
  readonly incarnation?: number;
  /** Replicas, by PID, that have begun anew: what they said in an incarnation before this one does not count any more. */
  readonly fences?: Readonly<Record<string, number>>;
  /** The id of the log, which no other log has. Absent until the log has one. */
  readonly log?: string;
  /** While it is `STARTING`: the id that it proposes for the log that begins. */
  readonly candidate?: string;
  /** The id that it has last accepted for a log without one. */
  readonly naming?: Naming;
  /** How many replicas it takes for a majority. Absent before the log begins, and on disks that were written before this was kept. */
  readonly quorum?: number;
}

/** An id for a log, and the proposal under which it was accepted. */
export interface Naming {
  readonly proposal: number;
  readonly log: string;
}

/** Positions `from` to `to`, both included. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}
