import { check } from '@mesos-ts/protocol';
import type { SchedulerEvent, SchedulerEvent_Type } from '@mesos-ts/protocol';
import { eventMessage } from './constants.ts';

/** The field of an event that its type demands. */
const bodies = {
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
} as const satisfies Record<SchedulerEvent_Type, keyof SchedulerEvent | undefined>;

type Bodies = typeof bodies;

type Body<F extends keyof SchedulerEvent | undefined> = F extends keyof SchedulerEvent
  ? { readonly [K in F]: NonNullable<SchedulerEvent[K]> }
  : unknown;

/** An event whose type and body belong together: `{ type: 'OFFERS', offers: {...} }`. */
export type TypedEvent = { [T in keyof Bodies]: { readonly type: T } & Body<Bodies[T]> }[keyof Bodies];

/** Reads an event as it came from the wire. Throws when it is malformed or lacks the body that its type demands. */
export function readEvent(value: unknown): TypedEvent {
  const event = check(eventMessage, value);
  const type = event.type ?? 'UNKNOWN';
  const body = bodies[type];
  if (body !== undefined && event[body] === undefined) throw new TypeError(`a ${type} event without '${body}'`);
  return { ...event, type } as TypedEvent;
}
