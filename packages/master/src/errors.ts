/** What a `MasterError` can be about. */
export type MasterErrorCode =
  /** The allocator's books contradict themselves: a defect. The allocator ends, and the master with it. */
  | 'ALLOCATOR_INVARIANT'
  /** Flags of the master that do not go together, or with what they say is there. */
  | 'MASTER_FLAGS_INVALID'
  /** The master does not lead, and was about to act. It ends. */
  | 'MASTER_DEPOSED'
  /** The master's books contradict themselves: a defect. The master ends. */
  | 'MASTER_INVARIANT'
  /** The state cannot be told at present: what tells it has failed, or the master is ending. */
  | 'MASTER_READ_MODEL'
  /** The registry was written by a master that can do more than this one. The master does not lead. */
  | 'REGISTRY_NEWER'
  /** The registry cannot be read or written, or not in time. The master ends: another one, or this one started again, reads what is stored. */
  | 'REGISTRAR_FAILED';

/** An error of the master. Its `code` stays the same across versions; its message is for people. */
export class MasterError extends Error {
  readonly code: MasterErrorCode;

  constructor(code: MasterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MasterError';
    this.code = code;
  }
}
