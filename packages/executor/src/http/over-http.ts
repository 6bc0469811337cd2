import { EventConnection } from '@mesos-ts/http-api';
import { nodeFetch } from '@mesos-ts/http-api/node';
import type { ApiFetch, ApiMessageType, EventApi } from '@mesos-ts/http-api';
import type { NodeTlsOptions } from '@mesos-ts/http-api/node';
import { callMessage, eventMessage, subscribeRetryMs } from '../constants.ts';
import { ExecutorError } from '../errors.ts';
import { readEvent } from '../event.ts';
import type { AgentConnector } from '../connection.ts';
import type { TypedEvent } from '../event.ts';

/** Options of {@link overHttp}. */
export interface OverHttpOptions {
  /** The form of calls and events. @default 'application/json' */
  readonly type?: ApiMessageType | undefined;
  /** How `https` is spoken. @default what Node.js trusts, and no certificate of the executor's own */
  readonly tls?: NodeTlsOptions | undefined;
  /** How requests are made. @default by `node:http` */
  readonly fetch?: ApiFetch | undefined;
}

// What agents say of calls whose executor has no stream, or whom they do not know.
const stale = /Executor is not (?:subscribed|connected)|cannot be found/i;

const executorApi: EventApi<typeof callMessage, typeof eventMessage, TypedEvent> = {
  path: '/api/v1/executor',
  call: callMessage,
  event: eventMessage,
  read: readEvent,
  // An update is known by its uuid; a heartbeat says nothing.
  canRepeat: ({ type }) => type === 'UPDATE' || type === 'HEARTBEAT',
  isStale: ({ message }) => stale.test(message),
  answerMs: subscribeRetryMs,
};

/**
 * Has an executor speak to its agent over HTTP: `new MyExecutor(environment, { connect: overHttp() })`. The agent is where
 * `MESOS_AGENT_ENDPOINT` says; the token of `MESOS_EXECUTOR_AUTHENTICATION_TOKEN` is sent with every call. It throws
 * `EXECUTOR_ENVIRONMENT_INVALID`, when the executor begins, if there is no such endpoint.
 */
export function overHttp(options: OverHttpOptions = {}): AgentConnector {
  return ({ clock, environment, post, random, turn }, listener) => {
    const { endpoint, token } = environment;
    if (endpoint === undefined) {
      throw new ExecutorError(
        'EXECUTOR_ENVIRONMENT_INVALID',
        `Expected 'MESOS_AGENT_ENDPOINT' to be set in the environment`,
      );
    }
    return new EventConnection(
      {
        api: executorApi,
        clock,
        fetch: options.fetch ?? nodeFetch({ tls: options.tls }),
        post,
        random,
        token,
        turn,
        type: options.type,
        url: endpoint,
      },
      listener,
    );
  };
}
