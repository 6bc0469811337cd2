/**
 * Clients of Mesos's v1 HTTP APIs, in Node.js and in web pages.
 *
 * @module
 */
export { ApiClient } from './api-client.ts';
export { webAnswer, webFetch } from './api-fetch.ts';
export { ApiStream } from './api-stream.ts';
export { backoffMs } from './backoff.ts';
export { authorizationOf } from './credentials.ts';
export { ApiError } from './errors.ts';
export { EventConnection } from './event-connection.ts';

export type { ApiCallOptions, ApiClientOptions } from './api-client.ts';
export type { ApiAnswer, ApiFetch, ApiRequest, WebAnswer, WebReader } from './api-fetch.ts';
export type { ApiStreamOptions } from './api-stream.ts';
export type { BackoffOptions } from './backoff.ts';
export type { CallResult } from './call-queue.ts';
export type { ApiCredential, ApiIdentity } from './credentials.ts';
export type { ApiErrorCode, ApiErrorOptions } from './errors.ts';
export type {
  EventApi,
  EventClientOptions,
  EventConnectionOptions,
  EventListener,
  EventNotice,
} from './event-connection.ts';
export type { ApiMessageType } from './messages.ts';
