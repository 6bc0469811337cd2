import { typedChecker } from '@mesos-ts/protocol';
import { eventMessage } from './constants.ts';

/** Reads an event as it came from the wire. Throws when it is malformed or lacks the field that its type demands. */
export const readEvent = typedChecker(eventMessage, {
  ERROR: 'error',
  FAILURE: 'failure',
  HEARTBEAT: undefined,
  INVERSE_OFFERS: 'inverse_offers',
  MESSAGE: 'message',
  OFFERS: 'offers',
  RESCIND: 'rescind',
  RESCIND_INVERSE_OFFER: 'rescind_inverse_offer',
  SUBSCRIBED: 'subscribed',
  UNKNOWN: undefined,
  UPDATE: 'update',
  UPDATE_OPERATION_STATUS: 'update_operation_status',
});

/** An event whose type and field belong together: `{ type: 'OFFERS', offers: {...} }`. */
export type TypedEvent = ReturnType<typeof readEvent>;
