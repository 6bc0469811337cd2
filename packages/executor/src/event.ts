import { typedChecker } from '@mesos-ts/protocol';
import { eventMessage } from './constants.ts';

/** Reads an event as it came from the wire. Throws when it is malformed or lacks the field that its type demands. */
export const readEvent = typedChecker(eventMessage, {
  ACKNOWLEDGED: 'acknowledged',
  ERROR: 'error',
  HEARTBEAT: undefined,
  KILL: 'kill',
  LAUNCH: 'launch',
  LAUNCH_GROUP: 'launch_group',
  MESSAGE: 'message',
  SHUTDOWN: undefined,
  SUBSCRIBED: 'subscribed',
  UNKNOWN: undefined,
});

/** An event whose type and field belong together: `{ type: 'LAUNCH', launch: {...} }`. */
export type TypedEvent = ReturnType<typeof readEvent>;
