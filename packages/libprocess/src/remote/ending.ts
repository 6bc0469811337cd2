import type { Connection } from '../transport/transport.ts';

/** Why a connection was refused because the other end's own attempt to connect prevails. */
export const duplicateReason = 'duplicate';

/** Why a connection is closed in whose place its end has made another. */
export const resumedReason = 'resumed on another connection';

/** Ends a connection that nobody needs. */
export function discard(connection: Connection, reason: string): void {
  connection.open({ frame: () => undefined, close: () => undefined });
  connection.close(reason);
}
