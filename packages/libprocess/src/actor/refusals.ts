import { ProcessError } from '../errors.ts';

/** Why an event was not handled. */
export type DropReason = 'filtered' | 'invalid' | 'mailbox full' | 'terminated' | 'unhandled';

export function endedError(id: string): ProcessError {
  return new ProcessError('PROCESS_TERMINATED', `Actor ${id} has ended`);
}

export function deadlockError(id: string, what: string): ProcessError {
  return new ProcessError('SERIAL_DEADLOCK', `Serial actor ${id} would wait for its own '${what}'`);
}

/** What a caller is told whose call an actor has not handled. */
export function dropError(id: string, reason: DropReason, detail: string): ProcessError {
  if (reason === 'terminated') return endedError(id);
  if (reason === 'filtered') return new ProcessError('EVENT_FILTERED', `A filter has dropped it before ${id}`);
  if (reason === 'mailbox full') return new ProcessError('MAILBOX_FULL', `Actor ${id} is overloaded: ${detail}`);
  const why = detail === '' ? reason : `${reason}: ${detail}`;
  return new ProcessError('ASK_REFUSED', `Actor ${id} does not take it: ${why}`);
}
