import { validateCall } from '../validation.ts';
import { accept } from './accept.ts';
import { revive, subscribe, suppress, teardown, updateFramework } from './frameworks.ts';
import { decline } from './offers.ts';
import { reconcile } from './reconciliation.ts';
import { acknowledge, kill, messageToExecutor, shutdownExecutor } from './tasks.ts';
import { nameOf } from './turn.ts';
import type { SchedulerCall, SchedulerCall_Type } from '@mesos-ts/protocol';
import type { FrameworkConnection, FrameworkRecord } from '../state/framework.ts';
import type { Turn } from './turn.ts';

/**
 * Takes a scheduler's call, whichever way it came.
 * @returns Why the call was refused, or nothing. A refused SUBSCRIBE is answered by an ERROR event instead.
 */
export function receiveCall(turn: Turn, call: SchedulerCall, connection: FrameworkConnection): string | undefined {
  const error = validateCall(call) ?? perform(turn, call, connection);
  if (error !== undefined) {
    turn.warn(`Dropping ${call.type ?? 'UNKNOWN'} call via ${connection.key}: ${error}`);
    turn.count('dropped_messages');
  }
  return error;
}

function perform(turn: Turn, call: SchedulerCall, connection: FrameworkConnection): string | undefined {
  if (call.type === 'SUBSCRIBE' && call.subscribe !== undefined) {
    subscribe(turn, connection, call.subscribe);
    return undefined;
  }
  const framework = turn.cluster.frameworks.get(call.framework_id?.value ?? '');
  if (framework === undefined) return 'Framework cannot be found';
  if (framework.connection === undefined) return 'Framework is not subscribed';
  if (framework.connection.key !== connection.key) return 'Call is not from registered framework';
  return handlers[call.type ?? 'UNKNOWN'](turn, framework, call);
}

type Handler = (turn: Turn, framework: FrameworkRecord, call: SchedulerCall) => string | undefined;

/** A handler of calls whose field, which validation has seen, is there. */
function on<F extends keyof SchedulerCall>(
  field: F,
  handle: (turn: Turn, framework: FrameworkRecord, value: NonNullable<SchedulerCall[F]>) => string | undefined | void,
): Handler {
  return (turn, framework, call) => {
    const value = call[field];
    return value === undefined || value === null ? undefined : (handle(turn, framework, value) ?? undefined);
  };
}

function unsupported(_turn: Turn, _framework: FrameworkRecord, call: SchedulerCall): string {
  return `${call.type} is not supported: this master makes no inverse offers and performs no such operations`;
}

function meaningless(_turn: Turn, _framework: FrameworkRecord, call: SchedulerCall): string {
  return `'${call.type ?? 'UNKNOWN'}' call`;
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
  REVIVE: (turn, framework, call) => revive(turn, framework, call.revive?.roles ?? []),
  SUPPRESS: (turn, framework, call) => suppress(turn, framework, call.suppress?.roles ?? []),
  KILL: on('kill', kill),
  SHUTDOWN: on('shutdown', shutdownExecutor),
  ACKNOWLEDGE: on('acknowledge', acknowledge),
  RECONCILE: on('reconcile', (turn, framework, { tasks = [] }) => {
    reconcile(turn, framework, tasks);
  }),
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
  ACCEPT_INVERSE_OFFERS: unsupported,
  DECLINE_INVERSE_OFFERS: unsupported,
  ACKNOWLEDGE_OPERATION_STATUS: unsupported,
  RECONCILE_OPERATIONS: unsupported,
  SUBSCRIBE: meaningless,
  UNKNOWN: meaningless,
};

function changeFramework(
  turn: Turn,
  framework: FrameworkRecord,
  call: NonNullable<SchedulerCall['update_framework']>,
): string | undefined {
  const error = updateFramework(turn, framework, call);
  // Over the actor door there is no other answer than an event.
  if (error !== undefined && framework.pid !== undefined) {
    turn.event(framework, { type: 'ERROR', error: { message: error } });
    turn.info(`Refusing UPDATE_FRAMEWORK of ${nameOf(framework)}: ${error}`);
  }
  return error;
}
