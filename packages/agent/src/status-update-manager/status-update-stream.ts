/**
 * The status updates of one task on their way to the master: kept in order, one at a time under way, the next one only when the
 * framework has acknowledged the one before. Pure: functions on plain data.
 */
import { isTerminalState } from '@mesos-ts/protocol';
import type { StatusUpdate, TaskStatus_Reason } from '@mesos-ts/protocol';

import { statusUpdatesAcknowledgedMax, statusUpdatesPendingMax } from '../constants.ts';

/** The updates of one task. */
export interface StatusUpdateStream {
  /** Not acknowledged, in order; the first one is under way. */
  readonly pending: StatusUpdate[];
  /** The uuids of `pending`. */
  readonly received: Set<string>;
  /** The uuids of the newest acknowledged updates, the oldest first; bounded. */
  readonly acknowledged: Set<string>;
  /** Whether an update with a terminal state has been acknowledged: the stream has ended. */
  isTerminated: boolean;
}

/** What became of an update: taken, or known already, or refused since too many wait. */
export type UpdateOutcome = 'accepted' | 'duplicate' | 'overflow';

/** What became of an acknowledgement: taken, or of an update acknowledged before, or not of the one that is under way. */
export type AcknowledgeOutcome = 'accepted' | 'duplicate' | 'unexpected';

/** A stream without updates. */
export function createStream(): StatusUpdateStream {
  return { pending: [], received: new Set(), acknowledged: new Set(), isTerminated: false };
}

/** Updates with these reasons repeat all that is known of a running task, and what checks say: the newest says it all. */
const checkReasons: ReadonlySet<string | undefined> = new Set([
  'REASON_TASK_CHECK_STATUS_UPDATED',
  'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED',
] satisfies TaskStatus_Reason[]);

/**
 * Takes an update, which must have a uuid. When as many wait as may, what checks say takes the place of what they said before, so that
 * a task whose health comes and goes while its framework is away does not use up the room; and the end of a task is taken all the same.
 */
export function addUpdate(stream: StatusUpdateStream, update: StatusUpdate): UpdateOutcome {
  const uuid = uuidOf(update);
  if (stream.acknowledged.has(uuid) || stream.received.has(uuid)) return 'duplicate';
  if (stream.pending.length >= statusUpdatesPendingMax) {
    const last = stream.pending.at(-1);
    const isEnd = isTerminalState(update.status.state) && last !== undefined && !isTerminalState(last.status.state);
    if (last !== undefined && checkReasons.has(update.status.reason) && checkReasons.has(last.status.reason)) {
      stream.pending.pop();
      stream.received.delete(uuidOf(last));
    } else if (!isEnd) return 'overflow';
  }
  stream.received.add(uuid);
  stream.pending.push(update);
  return 'accepted';
}

/** Takes an acknowledgement. When it is accepted, the next update is the first of `pending`. */
export function acknowledgeUpdate(stream: StatusUpdateStream, uuid: Uint8Array): AcknowledgeOutcome {
  const text = keyOf(uuid);
  if (stream.acknowledged.has(text)) return 'duplicate';
  const update = stream.pending[0];
  if (update === undefined || uuidOf(update) !== text) return 'unexpected';
  stream.pending.shift();
  stream.received.delete(text);
  stream.acknowledged.add(text);
  for (const oldest of stream.acknowledged) {
    if (stream.acknowledged.size <= statusUpdatesAcknowledgedMax) break;
    stream.acknowledged.delete(oldest);
  }
  stream.isTerminated ||= isTerminalState(update.status.state);
  return 'accepted';
}

function uuidOf(update: StatusUpdate): string {
  return update.uuid === undefined ? '' : keyOf(update.uuid);
}

/** One character for each byte: two of these are made for each update, and nobody reads them. */
function keyOf(uuid: Uint8Array): string {
  return Buffer.from(uuid.buffer, uuid.byteOffset, uuid.byteLength).toString('latin1');
}
