/**
 * Client of the operator API of Mesos masters and agents, for Node.js and browsers.
 *
 * @module
 */
export { OperatorError } from './errors.ts';
export { OperatorClient } from './operator-client.ts';

export type { AgentClient } from './agent-client.ts';
export type { CallOptions } from './answers.ts';
export type { OperatorErrorCode, OperatorErrorDetails } from './errors.ts';
export type { Disconnected, OperatorEvent } from './events.ts';
export type { OperatorHandlers } from './handlers.ts';
export type { Fetch, FetchAnswer, FetchInit } from './fetch.ts';
export type { WebReader as BodyReader } from '@mesos-ts/http-api';
export type { CallerOptions, Credentials, OperatorClientOptions } from './options.ts';
