/** What ZooKeeper may answer instead of what was asked for. */
export type ZooKeeperErrorCode =
  | 'AUTH_FAILED'
  | 'BAD_VERSION'
  /** The connection ended first: nobody knows whether it was done. */
  | 'CONNECTION_LOSS'
  | 'NO_AUTH'
  | 'NO_CHILDREN_FOR_EPHEMERALS'
  | 'NO_NODE'
  | 'NODE_EXISTS'
  | 'NOT_EMPTY'
  | 'OTHER'
  | 'SESSION_EXPIRED'
  | 'SESSION_MOVED';

// KeeperException.Code of Apache ZooKeeper.
const codes: ReadonlyMap<number, ZooKeeperErrorCode> = new Map<number, ZooKeeperErrorCode>([
  [-4, 'CONNECTION_LOSS'],
  [-101, 'NO_NODE'],
  [-102, 'NO_AUTH'],
  [-103, 'BAD_VERSION'],
  [-108, 'NO_CHILDREN_FOR_EPHEMERALS'],
  [-110, 'NODE_EXISTS'],
  [-111, 'NOT_EMPTY'],
  [-112, 'SESSION_EXPIRED'],
  [-115, 'AUTH_FAILED'],
  [-118, 'SESSION_MOVED'],
]);

/** An operation of ZooKeeper that failed. */
export class ZooKeeperError extends Error {
  readonly code: ZooKeeperErrorCode;

  constructor(code: ZooKeeperErrorCode, message: string) {
    super(message);
    this.name = 'ZooKeeperError';
    this.code = code;
  }

  /** By the number that ZooKeeper answered. */
  static of(number: number, what: string): ZooKeeperError {
    const code = codes.get(number) ?? 'OTHER';
    return new ZooKeeperError(code, `ZooKeeper: ${what}: ${code === 'OTHER' ? `error ${number}` : code}`);
  }
}
