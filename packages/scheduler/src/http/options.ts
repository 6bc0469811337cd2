import type { ApiFetch, ApiIdentity, ApiMessageType } from '@mesos-ts/http-api';

/** How a master is spoken to over HTTP. */
export interface HttpOptions extends ApiIdentity {
  /** The form of calls and events. @default 'application/json' */
  readonly type?: ApiMessageType | undefined;
  /** Calls that may wait for those before them to be answered; further ones are dropped. @default 10000 */
  readonly callsWaitingMax?: number | undefined;
  /** How requests are made. @default by `node:http` for a `Scheduler`, by `fetch` for a `SchedulerClient` */
  readonly fetch?: ApiFetch | undefined;
}
