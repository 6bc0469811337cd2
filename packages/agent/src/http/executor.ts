import {
  accepted,
  apiEndpoint,
  EventStream,
  refuse,
  stream,
  StreamEvent,
  type Answer,
  type CallContext,
  type StreamEnd,
} from '@mesos-ts/daemon';
import { principalText } from '@mesos-ts/libprocess';
import type { HttpHandler, Principal, RouteOptions, Timer } from '@mesos-ts/libprocess';
import type { ExecutorCall, ExecutorCall_Subscribe } from '@mesos-ts/protocol';

import { executorRealm, executorHeartbeatIntervalMs } from '../constants.ts';
import type { AgentContext } from '../context.ts';
import type { ExecutorDoor, KnownExecutor } from '../executors/executor-door.ts';
import type { ExecutorConnection } from '../state/executor-connection.ts';
import type { ExecutorState } from '../state/executor-state.ts';
import { executorHelp } from './executor-help.ts';

/** What the executor API needs. */
export interface ExecutorRoutesOptions {
  readonly route: (path: string, handler: HttpHandler, options?: RouteOptions) => void;
  readonly context: AgentContext;
  readonly door: ExecutorDoor;
  /** Runs work in the agent's turn, for handlers that have waited for something. */
  readonly turn: <R>(work: () => R) => Promise<Awaited<R>>;
}

const heartbeat = new StreamEvent('mesos.v1.executor.Event', { type: 'HEARTBEAT' });

/** Installs the executor API: executors that speak HTTP have it in place of an actor of their own. */
export function installExecutorRoutes(options: ExecutorRoutesOptions): void {
  const { door, route, turn } = options;
  const endpoint = apiEndpoint({
    path: '/api/v1/executor',
    help: executorHelp,
    realm: executorRealm,
    call: 'mesos.v1.executor.Call',
    callName: 'Executor::Call',
    turn,
    validate: (call) => door.validate(call),
    answersWithMessage: ({ type }) => type === 'SUBSCRIBE',
    handle: (call, context) => take(options, call, context),
  });
  route(endpoint.path, endpoint.handler, endpoint.options);
}

function take(options: ExecutorRoutesOptions, call: ExecutorCall, context: CallContext): Answer {
  // Those that send it may not have ids yet.
  if (call.type === 'HEARTBEAT') return accepted();
  const found = options.door.find(call);
  if ('missing' in found) return refuse(400, `${found.missing} cannot be found`);
  const { executor } = found;
  const problem = claimProblem(context.principal, executor);
  if (problem !== undefined) return refuse(403, problem);
  if (call.type === 'SUBSCRIBE') return subscribe(options, found, call.subscribe ?? {}, context);
  if (executor.phase === 'REGISTERING') return refuse(403, 'Executor is not subscribed');
  if (call.type === 'UNKNOWN') return refuse(501, '501 Not Implemented.');
  options.door.perform(executor, call);
  return accepted();
}

function subscribe(
  options: ExecutorRoutesOptions,
  found: KnownExecutor,
  call: ExecutorCall_Subscribe,
  { accept }: CallContext,
): Answer {
  const { context, door, turn } = options;
  const events = new EventStream({ type: accept });
  const beats = new Heartbeats(context, events);
  const connection: ExecutorConnection = {
    // There is one for each stream, which no other connection may be taken for.
    key: `stream ${context.runtime.random.uuid()}`,
    pid: undefined,
    send: (event) => void events.send(new StreamEvent('mesos.v1.executor.Event', event)),
    close: () => {
      events.end();
    },
  };
  door.subscribe(found, connection, call);
  beats.start();
  void events.closed
    .then((end) =>
      turn(() => {
        beats.stop();
        disconnected(options, connection, found.executor, end);
      }),
    )
    // The agent has ended, and with it whatever there was to say about its executors.
    .catch(() => undefined);
  return stream(events);
}

function disconnected(
  { context, door }: ExecutorRoutesOptions,
  connection: ExecutorConnection,
  executor: ExecutorState,
  end: StreamEnd,
): void {
  const { counters, runtime } = context;
  if (end === 'slow') {
    counters.eventStreamsCut.increment();
    runtime.logger.warn(
      `Cutting off executor '${executor.id}' of framework ${executor.frameworkId}: it reads its events too slowly`,
    );
  }
  door.disconnected(connection.key);
}

/** HEARTBEAT to a stream, for as long as it lasts. */
class Heartbeats {
  readonly #context: AgentContext;
  readonly #events: EventStream;
  #timer: Timer | undefined;

  constructor(context: AgentContext, events: EventStream) {
    this.#context = context;
    this.#events = events;
  }

  start(): void {
    this.#timer = this.#context.delay(executorHeartbeatIntervalMs, () => {
      this.#events.send(heartbeat);
      this.start();
    });
  }

  stop(): void {
    if (this.#timer !== undefined) this.#context.cancel(this.#timer);
  }
}

/** Says why a principal may not speak for an executor. Its token was made for one run of one executor. */
function claimProblem(principal: Principal | undefined, executor: ExecutorState): string | undefined {
  if (principal === undefined) return undefined;
  const wanted = [
    [
      'fid',
      executor.frameworkId,
      `an 'fid' claim with the framework ID ${executor.frameworkId}, which is set in the call`,
    ],
    ['eid', executor.id, `an 'eid' claim with the executor ID ${executor.id}, which is set in the call`],
    ['cid', executor.containerId, "a 'cid' claim with the correct active ContainerID"],
  ] as const;
  const missing = wanted.find(([name, value]) => principal.claims?.[name] !== value);
  return missing === undefined
    ? undefined
    : `Authenticated principal '${principalText(principal)}' does not contain ${missing[2]}`;
}
