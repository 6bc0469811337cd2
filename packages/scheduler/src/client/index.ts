/**
 * A client for schedulers without actors, over HTTP, in Node.js and in web pages.
 *
 * @module
 */
export { ApiError } from '@mesos-ts/http-api';
export { SchedulerError } from '../errors.ts';
export { SchedulerClient } from './scheduler-client.ts';

export type { ApiAnswer, ApiCredential, ApiErrorCode, ApiFetch, ApiMessageType, ApiRequest } from '@mesos-ts/http-api';
export type { SchedulerErrorCode } from '../errors.ts';
export type { SubscriptionCounter } from '../subscription.ts';
export type { ClientEvent, SchedulerHandlers } from './handlers.ts';
export type { SchedulerClientOptions } from './scheduler-client.ts';
