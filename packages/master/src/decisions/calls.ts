import { countFor } from '../state/framework.ts';
import { validateCall } from '../validation.ts';
import { accept } from './accept.ts';
import { revive, subscribe, suppress, teardown, updateFramework } from './frameworks.ts';
import { decline } from './offers.ts';
import { reconcile } from './reconciliation.ts';
import { acknowledge, kill, messageToExecutor, shutdownExecutor } from './tasks.ts';
import { answerInverseOffers } from './inverse-offers.ts';
import { acknowledgeOperation, reconcileOperations } from './operations.ts';
import { dropped, type Refusal } from './refusal.ts';
import { nameOf } from './turn.ts';
import type { SchedulerCall, SchedulerCall_Type } from '@mesos-ts/protocol';
import type { FrameworkConnection, FrameworkRecord } from '../state/framework.ts';
import type { Turn } from './turn.ts';

/**
 * Takes a scheduler's call, whichever way it came.
 * @returns Why the call was refused, or nothing. A refused SUBSCRIBE is answered by an ERROR event instead.
 */
export function receiveCall(turn: Turn, call: SchedulerCall, connection: FrameworkConnection): Refusal | undefined {
  const problem = validateCall(call, connection.principal);
  if (problem !== undefined) countInvalid(turn, call);
  const refusal = problem === undefined ? perform(turn, call, connection) : dropped(problem);
  if (refusal !== undefined) {
    turn.warn(`Dropping ${call.type ?? 'UNKNOWN'} call via ${connection.name}: ${refusal.reason}`);
    turn.count('dropped_messages');
  }
  return refusal;
}

/** Counts a call that did not pass its check. */
export function countInvalid(turn: Turn, { type }: SchedulerCall): void {
  if (type === 'ACKNOWLEDGE') turn.count('invalid_status_update_acknowledgements');
  if (type === 'ACKNOWLEDGE_OPERATION_STATUS') turn.count('invalid_operation_status_update_acknowledgements');
  if (type === 'MESSAGE') turn.count('invalid_framework_to_executor_messages');
}

function perform(turn: Turn, call: SchedulerCall, connection: FrameworkConnection): Refusal | undefined {
  if (call.type === 'SUBSCRIBE' && call.subscribe !== undefined) {
    subscribe(turn, connection, call.subscribe);
    return undefined;
  }
  const framework = turn.cluster.frameworks.get(call.framework_id?.value ?? '');
  if (framework === undefined) return dropped('Framework cannot be found');
  countFor(framework, 'calls', call.type ?? 'UNKNOWN');
  if (framework.connection === undefined) return dropped('Framework is not subscribed');
  if (framework.connection.key !== connection.key) return dropped('Call is not from registered framework');
  return handlers[call.type ?? 'UNKNOWN'](turn, framework, call);
}

type Handler = (turn: Turn, framework: FrameworkRecord, call: SchedulerCall) => Refusal | undefined;

/** A handler of calls whose field, which validation has seen, is there. */
function on<F extends keyof SchedulerCall>(
  field: F,
  handle: (
    turn: Turn,
    framework: FrameworkRecord,
    value: NonNullable<SchedulerCall[F]>,
  ) => Refusal | string | undefined | void,
): Handler {
  return (turn, framework, call) => {
    const value = call[field];
    if (value === undefined || value === null) return undefined;
    const refusal = handle(turn, framework, value) ?? undefined;
    return typeof refusal === 'string' ? dropped(refusal) : refusal;
  };
}

/** A handler of calls that may come without their field, which then means all of the framework's roles. */
function onRoles(
  roles: (call: SchedulerCall) => readonly string[] | undefined,
  handle: (turn: Turn, framework: FrameworkRecord, roles: readonly string[]) => string | undefined,
): Handler {
  return (turn, framework, call) => {
    const problem = handle(turn, framework, roles(call) ?? []);
    return problem === undefined ? undefined : dropped(problem);
  };
}

function meaningless(_turn: Turn, _framework: FrameworkRecord, call: SchedulerCall): Refusal {
  return dropped(`'${call.type ?? 'UNKNOWN'}' call`);
}

/** What each type of call does once its framework is known. */
const handlers: Readonly<Record<SchedulerCall_Type, Handler>> = {
  ACCEPT: on('accept', accept),
  DECLINE: on('decline', (turn, framework, { filters, offer_ids = [] }) => {
    decline(
      turn,
      framework,
      offer_ids.map((id) => id.value),
      filters,
    );
  }),
  REVIVE: onRoles((call) => call.revive?.roles, revive),
  SUPPRESS: onRoles((call) => call.suppress?.roles, suppress),
  KILL: on('kill', kill),
  SHUTDOWN: on('shutdown', shutdownExecutor),
  ACKNOWLEDGE: on('acknowledge', acknowledge),
  RECONCILE: on('reconcile', (turn, framework, { tasks = [] }) => reconcile(turn, framework, tasks)),
  MESSAGE: on('message', messageToExecutor),
  TEARDOWN: (turn, framework) => {
    teardown(turn, framework);
    return undefined;
  },
  UPDATE_FRAMEWORK: on('update_framework', changeFramework),
  // What a framework would like is noted and, as in Mesos, does not change what it is offered.
  REQUEST: (turn) => {
    turn.count('messages_resource_request');
    return undefined;
  },
  ACCEPT_INVERSE_OFFERS: on('accept_inverse_offers', (turn, framework, call) => {
    answerInverseOffers(turn, framework, 'ACCEPT', call);
  }),
  DECLINE_INVERSE_OFFERS: on('decline_inverse_offers', (turn, framework, call) => {
    answerInverseOffers(turn, framework, 'DECLINE', call);
  }),
  ACKNOWLEDGE_OPERATION_STATUS: on('acknowledge_operation_status', acknowledgeOperation),
  RECONCILE_OPERATIONS: on('reconcile_operations', reconcileOperations),
  SUBSCRIBE: meaningless,
  UNKNOWN: meaningless,
};

function changeFramework(
  turn: Turn,
  framework: FrameworkRecord,
  call: NonNullable<SchedulerCall['update_framework']>,
): Refusal | undefined {
  const refusal = updateFramework(turn, framework, call);
  // Over the actor door there is no other answer than an event.
  if (refusal !== undefined && framework.pid !== undefined) {
    turn.event(framework, { type: 'ERROR', error: { message: refusal.reason } });
    turn.info(`Refusing UPDATE_FRAMEWORK of ${nameOf(framework)}: ${refusal.reason}`);
  }
  return refusal;
}
