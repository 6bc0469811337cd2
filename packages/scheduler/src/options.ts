import type { AuthenticateeCredential } from '@mesos-ts/protocol/authentication';
import type { FrameworkOptions } from './framework.ts';
import type { NodeTlsOptions } from '@mesos-ts/http-api/node';
import type { EventClientOptions } from '@mesos-ts/http-api';
import type { MasterAddress } from './master-address.ts';

/** How a {@link Scheduler} speaks HTTP. */
export interface SchedulerHttpOptions extends EventClientOptions {
  /** How `https` is spoken, where no `fetch` is given. @default what Node.js trusts, and no certificate of its own */
  readonly tls?: NodeTlsOptions | undefined;
}

/** Options of {@link Scheduler}. */
export interface SchedulerOptions {
  /** Where the master is: `host:port`, `master@host:port` or a PID; over HTTP `http://host:port`, or a list of such. */
  readonly master: MasterAddress;
  /**
   * Who subscribes. Only the name is required; user, hostname, roles and the capability `MULTI_ROLE` have defaults. With an `id` the
   * scheduler takes over the framework of that id, whose former scheduler has ended or is shut out.
   */
  readonly framework: FrameworkOptions;
  /** Who the framework proves to the master to be; without one it proves nothing, which the master may refuse. */
  readonly credential?: AuthenticateeCredential | undefined;
  /** How the master is spoken to where its address begins with `http`. */
  readonly http?: SchedulerHttpOptions | undefined;
  /** Roles that want no offers until they are revived. @default none */
  readonly suppressedRoles?: readonly string[];
  /**
   * Who acknowledges status updates: the SDK, when `update` has returned or its promise has resolved, or (`'explicit'`) the framework,
   * by calling `acknowledge`. The agent sends the next update of a task only after the acknowledgement of the one before.
   * @default 'automatic'
   */
  readonly acknowledgements?: 'automatic' | 'explicit';
  /**
   * Whether to find out what became of every task when a master has taken a framework that it, or another, had before: the tasks that the
   * scheduler knows are asked for until each has been told of, then all that the master knows. The answers arrive as updates without a
   * `uuid`, with the reason `REASON_RECONCILIATION`; of a task that the scheduler knows there may be two. @default true
   */
  readonly reconcileWhenResubscribed?: boolean;
  /** Bounds the wait before the second attempt to subscribe, in milliseconds; it doubles with each further one. @default 2000 */
  readonly subscribeBackoffMs?: number;
}
