import {
  apiEndpoint,
  accepted,
  EventStream,
  ok,
  refuse,
  stream,
  StreamEvent,
  type Answer,
  type CallContext,
} from '@mesos-ts/daemon';
import { schedulerRealm } from '../constants.ts';
import { countInvalid, receiveCall } from '../decisions/calls.ts';
import { otherPrincipal, validateCall } from '../validation.ts';
import { named } from './guards.ts';
import { onRecoveredLeader } from './leader.ts';
import { schedulerHelp } from './scheduler-help.ts';
import type { SchedulerCall } from '@mesos-ts/protocol';
import type { FrameworkConnection, FrameworkRecord } from '../state/framework.ts';
import type { RoutesOptions } from './routes.ts';

const streamIdHeader = 'mesos-stream-id';
// A framework may ask for the states of some hundred thousand tasks, which are told in as many events at once.
const backlogBytesMax = 128 * 1024 * 1024;
const heartbeat = new StreamEvent('mesos.v1.scheduler.Event', { type: 'HEARTBEAT' });

/** Installs the scheduler API: schedulers that speak HTTP have it in place of an actor of their own. */
export function installSchedulerRoutes(options: RoutesOptions): void {
  const { decide, route, turn } = options;
  const endpoint = apiEndpoint({
    path: '/api/v1/scheduler',
    help: schedulerHelp,
    realm: schedulerRealm,
    call: 'mesos.v1.scheduler.Call',
    callName: 'scheduler::Call',
    turn,
    validate: (call, principal) => {
      const problem = validateCall(call, principal?.value);
      if (problem !== undefined) decide((each) => countInvalid(each, call));
      return problem;
    },
    // Other calls are accepted without a word, so it does not matter what their clients take.
    answersWithMessage: ({ type }) => type === 'SUBSCRIBE' || type === 'RECONCILE_OPERATIONS',
    handle: (call, context) =>
      call.type === 'SUBSCRIBE' ? subscribe(options, call, context) : perform(options, call, context),
  });
  route(endpoint.path, named(onRecoveredLeader(options, endpoint.handler)), endpoint.options);
}

function subscribe(options: RoutesOptions, call: SchedulerCall, context: CallContext): Answer {
  if (streamIdOf(context) !== undefined) {
    return refuse(400, "Subscribe calls should not include the 'Mesos-Stream-Id' header");
  }
  const id = options.newStreamId();
  const events = new EventStream({ type: context.accept, backlogBytesMax });
  const connection: FrameworkConnection = {
    key: id,
    name: `HTTP from ${context.request.client ?? 'nowhere'}`,
    pid: undefined,
    principal: context.principal?.value,
    send: (event) =>
      void events.send(event.type === 'HEARTBEAT' ? heartbeat : new StreamEvent('mesos.v1.scheduler.Event', event)),
    close: () => {
      events.end();
    },
  };
  options.decide((each) => receiveCall(each, call, connection));
  void events.closed.then((end) => {
    options.disconnected(id, end);
  });
  return stream(events, { 'Mesos-Stream-Id': id });
}

function perform({ cluster, decide }: RoutesOptions, call: SchedulerCall, context: CallContext): Answer {
  const framework = cluster.frameworks.get(call.framework_id?.value ?? '');
  if (framework === undefined) return refuse(400, 'Framework cannot be found');
  const principal = context.principal?.value;
  if (principal !== undefined && principal !== framework.info.principal) {
    return refuse(400, otherPrincipal(principal, framework.info.principal));
  }
  const { connection } = framework;
  if (connection === undefined) return refuse(403, 'Framework is not subscribed');
  if (connection.pid !== undefined) return refuse(403, 'Framework is not connected via HTTP');
  const problem = streamProblem(framework, connection, streamIdOf(context));
  if (problem !== undefined) return refuse(400, problem);
  const refusal = decide((turn) => receiveCall(turn, call, connection));
  if (refusal?.kind === 'invalid') return refuse(400, refusal.reason);
  if (refusal?.kind === 'forbidden') return refuse(403, refusal.reason);
  if (call.type === 'UNKNOWN') return refuse(501, '501 Not Implemented.');
  return call.type === 'UPDATE_FRAMEWORK' ? ok() : accepted();
}

function streamProblem(
  framework: FrameworkRecord,
  connection: FrameworkConnection,
  streamId: string | undefined,
): string | undefined {
  if (streamId === undefined) return "All non-subscribe calls should include the 'Mesos-Stream-Id' header";
  if (streamId === connection.key) return undefined;
  return (
    `The stream ID '${streamId}' included in this request didn't match the stream ID ` +
    `currently associated with framework ID ${framework.id}`
  );
}

/** The header, which some clients send twice: of different ones the last counts, as in Mesos. */
function streamIdOf({ request }: CallContext): string | undefined {
  const value = request.headers[streamIdHeader];
  return typeof value === 'string' ? value.split(/, */).at(-1) : value?.at(-1);
}
