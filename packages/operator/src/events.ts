import { ApiError } from '@mesos-ts/http-api';
import { typedChecker } from '@mesos-ts/protocol';
import { OperatorError, operatorError } from './errors.ts';
import { backoffMs, wait } from './wait.ts';
import type { ApiStream } from '@mesos-ts/http-api';
import type { MasterEvent } from '@mesos-ts/protocol';
import type { Caller } from './caller.ts';
import type { Resolved } from './options.ts';

// Until the first event tells another one.
const heartbeatMsDefault = 15_000;

/** A heartbeat may be late, but not by as much as the next. */
const heartbeatsMissedMax = 2;

const typed = typedChecker('mesos.v1.master.Event', {
  UNKNOWN: undefined,
  SUBSCRIBED: 'subscribed',
  TASK_ADDED: 'task_added',
  TASK_UPDATED: 'task_updated',
  AGENT_ADDED: 'agent_added',
  AGENT_REMOVED: 'agent_removed',
  FRAMEWORK_ADDED: 'framework_added',
  FRAMEWORK_UPDATED: 'framework_updated',
  FRAMEWORK_REMOVED: 'framework_removed',
  HEARTBEAT: undefined,
});

type Told = ReturnType<typeof typed>;

/** There are no events for a while. */
export interface Disconnected {
  readonly type: 'DISCONNECTED';
  readonly disconnected: {
    /** Why, for example `OPERATOR_STREAM_ENDED`, `OPERATOR_HEARTBEAT_LOST` or `OPERATOR_UNREACHABLE`. */
    readonly error: OperatorError;
    /** When the next attempt is made. */
    readonly retryInMs: number;
  };
}

/** What `OperatorClient.events` tells; `type` says which other field there is. */
export type OperatorEvent = Disconnected | Exclude<Told, { readonly type: 'HEARTBEAT' | 'UNKNOWN' }>;

// What another attempt may mend.
const passing: ReadonlySet<string> = new Set([
  'OPERATOR_ANSWER_INVALID',
  'OPERATOR_FAILED',
  'OPERATOR_HEARTBEAT_LOST',
  'OPERATOR_STREAM_ENDED',
  'OPERATOR_TIMEOUT',
  'OPERATOR_UNAVAILABLE',
  'OPERATOR_UNREACHABLE',
]);

/** Subscribes, and again whenever that ends. */
export async function* subscribe(
  caller: Caller<'mesos.v1.master.Call'>,
  options: Resolved,
  signal: AbortSignal | undefined,
): AsyncGenerator<OperatorEvent, void, undefined> {
  const { clock, random } = options;
  let failures = 0;
  while (!isAborted(signal)) {
    let error: OperatorError;
    try {
      const stream = await caller.open({ type: 'SUBSCRIBE' }, 'mesos.v1.master.Event', signal);
      for await (const event of eventsOf(stream, options)) {
        if (event.type === 'SUBSCRIBED') failures = 0;
        yield event;
      }
      error = new OperatorError('OPERATOR_STREAM_ENDED', `${stream.url} has ended the event stream`);
    } catch (thrown) {
      if (isAborted(signal)) return;
      const told = thrown instanceof ApiError ? operatorError(thrown) : thrown;
      if (!(told instanceof OperatorError) || !passing.has(told.code)) throw told;
      error = told;
    }
    if (isAborted(signal)) return;
    failures++;
    const retryInMs = backoffMs(failures, random.next());
    yield { type: 'DISCONNECTED', disconnected: { error, retryInMs } };
    try {
      await wait(clock, retryInMs, signal);
    } catch {
      return;
    }
  }
}

async function* eventsOf(
  stream: ApiStream<'mesos.v1.master.Event'>,
  { clock }: Resolved,
): AsyncGenerator<Exclude<OperatorEvent, Disconnected>, void, undefined> {
  const messages = stream[Symbol.asyncIterator]();
  let silenceMsMax = heartbeatsMissedMax * heartbeatMsDefault;
  let isSilent = false;
  const give = (): void => {
    isSilent = true;
    stream.close();
  };
  try {
    for (;;) {
      // Only while something is waited for: a reader that takes its time is not the master's silence.
      const timer = clock.timer(silenceMsMax, give, { keepsAlive: true });
      let next: IteratorResult<MasterEvent, void>;
      try {
        next = await messages.next();
      } catch (error) {
        throw isSilent ? silent(stream.url, silenceMsMax) : error;
      } finally {
        clock.cancel(timer);
      }
      if (isSilent) throw silent(stream.url, silenceMsMax);
      if (next.done === true) return;
      const event = typedEvent(next.value, stream.url);
      if (event.type === 'SUBSCRIBED') silenceMsMax = heartbeatsMissedMax * intervalMs(event);
      if (event.type !== 'HEARTBEAT' && event.type !== 'UNKNOWN') yield event;
    }
  } finally {
    stream.close();
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted ?? false;
}

function intervalMs({ subscribed }: Extract<Told, { readonly type: 'SUBSCRIBED' }>): number {
  const seconds = subscribed.heartbeat_interval_seconds ?? 0;
  return seconds > 0 ? seconds * 1_000 : heartbeatMsDefault;
}

function typedEvent(message: MasterEvent, url: string): Told {
  try {
    return typed(message);
  } catch (error) {
    throw new OperatorError('OPERATOR_ANSWER_INVALID', `${url} sent what is no event`, { cause: error });
  }
}

function silent(url: string, silenceMs: number): OperatorError {
  return new OperatorError('OPERATOR_HEARTBEAT_LOST', `Nothing from ${url} for ${silenceMs} ms`);
}
