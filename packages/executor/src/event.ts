import { check } from '@mesos-ts/protocol';
import type { ExecutorEvent, ExecutorEvent_Type } from '@mesos-ts/protocol';
import { eventMessage } from './constants.ts';

/** The field of an event that its type demands. */
const bodies = {
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
} as const satisfies Record<ExecutorEvent_Type, keyof ExecutorEvent | undefined>;

type Bodies = typeof bodies;

type Body<F extends keyof ExecutorEvent | undefined> = F extends keyof ExecutorEvent
  ? { readonly [K in F]: NonNullable<ExecutorEvent[K]> }
  : unknown;

/** An event whose type and body belong together: `{ type: 'LAUNCH', launch: {...} }`. */
export type TypedEvent = { [T in keyof Bodies]: { readonly type: T } & Body<Bodies[T]> }[keyof Bodies];

/** Reads an event as it came from the wire. Throws when it is malformed or lacks the body that its type demands. */
export function readEvent(value: unknown): TypedEvent {
  const event = check(eventMessage, value);
  const type = event.type ?? 'UNKNOWN';
  const body = bodies[type];
  if (body !== undefined && event[body] === undefined) throw new TypeError(`a ${type} event without '${body}'`);
  return { ...event, type } as TypedEvent;
}
