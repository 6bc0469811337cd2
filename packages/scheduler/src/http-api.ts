import type { EventApi, EventNotice } from '@mesos-ts/http-api';
import type { SchedulerCall_Type } from '@mesos-ts/protocol';
import { callMessage, eventMessage, httpAnswerMs, schedulerPath } from './constants.ts';
import { readEvent } from './event.ts';
import type { TypedEvent } from './event.ts';

// Made twice, these do what they do when made once.
const repeatable: ReadonlySet<SchedulerCall_Type> = new Set<SchedulerCall_Type>([
  'ACCEPT_INVERSE_OFFERS',
  'ACKNOWLEDGE',
  'ACKNOWLEDGE_OPERATION_STATUS',
  'DECLINE',
  'DECLINE_INVERSE_OFFERS',
  'KILL',
  'RECONCILE',
  'RECONCILE_OPERATIONS',
  'REQUEST',
  'REVIVE',
  'SHUTDOWN',
  'SUPPRESS',
  'UPDATE_FRAMEWORK',
]);

// What masters say of calls whose stream is not, or no longer, the framework's.
const staleStream = /stream ID|Framework cannot be found|Framework is not (?:subscribed|connected)/i;

/** The scheduler API over HTTP. */
export const schedulerApi: EventApi<typeof callMessage, typeof eventMessage, TypedEvent> = {
  path: schedulerPath,
  call: callMessage,
  event: eventMessage,
  read: readEvent,
  canRepeat: ({ type }) => type !== undefined && repeatable.has(type),
  isStale: ({ message }) => staleStream.test(message),
  answerMs: httpAnswerMs,
};

/** What a connection over HTTP tells, as plain data: an actor sends it to itself, so that it is handled in its turn. */
export type HttpNotice = EventNotice<typeof callMessage, TypedEvent>;
