import {
  Runtime,
  WebSocketTransport,
  errorText,
  transportOptionsFromEnvironment,
  trustFromEnvironment,
} from '@mesos-ts/libprocess';
import type { Logger, PID, ProcessRuntime, RuntimeOptions, WebSocketTransportOptions } from '@mesos-ts/libprocess';
import { env } from 'node:process';
import { SchedulerError } from './errors.ts';
import { localIpTowards } from './local-ip.ts';
import type { Scheduler } from './scheduler.ts';

/** Options of {@link runScheduler}. */
export interface RunSchedulerOptions {
  /** Runs it on this runtime, for example the master's own. @default a runtime of its own, closed in the end */
  readonly runtime?: ProcessRuntime;
  /** The IP address to listen on. @default `LIBPROCESS_IP`, else the address of this machine that the master sees */
  readonly ip?: string;
  /** The port to listen on; 0 lets the system choose. @default `LIBPROCESS_PORT`, else 0 */
  readonly port?: number;
  /** Where the runtime of its own writes what an operator should know. @default silent unless `DEBUG=mesos:*` */
  readonly logger?: Logger;
  /** Aborting it stops the scheduler, and with it the framework. */
  readonly signal?: AbortSignal;
}

/** Starts a scheduler on a runtime, under a name that no other has. */
export function spawnScheduler<T extends Scheduler>(runtime: ProcessRuntime, scheduler: T): PID<T> {
  return runtime.spawn(scheduler, { id: `scheduler-${runtime.random.id()}` });
}

/**
 * Runs a scheduler until it has stopped. Rejects with `SCHEDULER_REFUSED` when the master refuses it, with `SCHEDULER_FAILED` when one
 * of its hooks throws, with `SCHEDULER_MASTER_UNKNOWN` when no address can be found for the master's name, and with
 * `SCHEDULER_ENVIRONMENT_INVALID` when `LIBPROCESS_PORT` is no port, or another such variable makes no sense. The runtime of its own has
 * TLS by `LIBPROCESS_SSL_*`, and trust between nodes by `LIBPROCESS_TRUST_*`. Over HTTP it does not listen, and none of this counts: TLS
 * is then as the scheduler's `http.tls` says.
 */
export async function runScheduler(scheduler: Scheduler, options: RunSchedulerOptions = {}): Promise<void> {
  if (options.runtime !== undefined) {
    await runOn(options.runtime, scheduler, options.signal);
    return;
  }
  const { towards } = scheduler;
  if (towards === undefined) {
    // Over HTTP nobody connects to it.
    await using runtime = await new Runtime(logging(options)).start();
    await runOn(runtime, scheduler, options.signal);
    return;
  }
  const { transport, trust } = surroundings(options.logger);
  const ip = options.ip ?? transport.ip ?? (await localIpTowards(towards));
  const port = options.port ?? transport.port ?? 0;
  await using runtime = await new Runtime({
    ...trust,
    transport: new WebSocketTransport({ ...transport, ip, port }),
    ...logging(options),
  }).start();
  await runOn(runtime, scheduler, options.signal);
}

function logging({ logger }: RunSchedulerOptions): Pick<RuntimeOptions, 'logger'> {
  return logger === undefined ? {} : { logger };
}

/** What the environment says of a runtime. */
function surroundings(logger: Logger | undefined): {
  readonly transport: WebSocketTransportOptions;
  readonly trust: Pick<RuntimeOptions, 'trust'>;
} {
  try {
    const { options, warnings } = transportOptionsFromEnvironment(env);
    const { trust, warnings: trustWarnings } = trustFromEnvironment(env);
    for (const warning of [...warnings, ...trustWarnings]) logger?.warn(warning);
    return { transport: options, trust: trust === undefined ? {} : { trust } };
  } catch (error) {
    throw new SchedulerError('SCHEDULER_ENVIRONMENT_INVALID', errorText(error), { cause: error });
  }
}

async function runOn(runtime: ProcessRuntime, scheduler: Scheduler, signal: AbortSignal | undefined): Promise<void> {
  const pid: PID<Scheduler> = spawnScheduler(runtime, scheduler);
  const stop = (): void => {
    runtime.tell(pid, 'stop');
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  try {
    await scheduler.ended;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
