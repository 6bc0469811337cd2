import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import type { Logger, PID, ProcessRuntime } from '@mesos-ts/libprocess';
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
 * `SCHEDULER_ENVIRONMENT_INVALID` when `LIBPROCESS_PORT` is no port.
 */
export async function runScheduler(scheduler: Scheduler, options: RunSchedulerOptions = {}): Promise<void> {
  if (options.runtime !== undefined) {
    await runOn(options.runtime, scheduler, options.signal);
    return;
  }
  const ip = options.ip ?? env['LIBPROCESS_IP'] ?? (await localIpTowards(scheduler.master.address));
  const port = options.port ?? portOf(env['LIBPROCESS_PORT']);
  await using runtime = await new Runtime({
    transport: new WebSocketTransport({ ip, port }),
    ...(options.logger === undefined ? {} : { logger: options.logger }),
  }).start();
  await runOn(runtime, scheduler, options.signal);
}

const portMax = 65_535;

function portOf(text = '0'): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= portMax) return port;
  throw new SchedulerError('SCHEDULER_ENVIRONMENT_INVALID', `Expected 'LIBPROCESS_PORT' to be a port, got '${text}'`);
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
