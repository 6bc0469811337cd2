/** The replicas of a log, by the text of their PIDs (`log-replica(1)@10.0.0.1:5050`), this one included. */
export interface Membership {
  /** Those that there are now. */
  members(): ReadonlySet<string>;
  /** Calls back after each change until the answer is called. */
  changed(listener: () => void): () => void;
  /** Whether they are known, or may be others that have not been found yet: then no log is begun, and nobody elected. @default true */
  isKnown?(): boolean;
  /** How many there are when all are there, where that is known. @default as many as a quorum is the majority of: 2 * quorum - 1 */
  readonly size?: number;
}

/** A membership that never changes. */
export function fixedMembership(pids: Iterable<string>): Membership {
  const members: ReadonlySet<string> = new Set(pids);
  return { members: () => members, changed: () => () => undefined, size: members.size };
}
