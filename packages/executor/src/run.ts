import { Runtime, WebSocketTransport } from '@mesos-ts/libprocess';
import type { Logger, PID } from '@mesos-ts/libprocess';
import type { Executor } from './executor.ts';

/** Options of {@link runExecutor}. */
export interface RunExecutorOptions {
  /** Where the runtime writes what an operator should know. @default silent unless `DEBUG=mesos:*` */
  readonly logger?: Logger;
  /** Aborting it makes the executor shut down, within its grace period. */
  readonly signal?: AbortSignal;
}

/** Runs an executor on a runtime of its own until it has ended. Rejects with `EXECUTOR_FAILED` when one of its hooks throws. */
export async function runExecutor(executor: Executor, options: RunExecutorOptions = {}): Promise<void> {
  const { ip, port } = executor.environment;
  await using runtime = await new Runtime({
    transport: new WebSocketTransport({ ip, port }),
    ...(options.logger === undefined ? {} : { logger: options.logger }),
  }).start();
  const pid: PID<Executor> = runtime.spawn(executor);
  const shutDown = (): void => {
    runtime.tell(pid, 'beginShutdown');
  };
  options.signal?.addEventListener('abort', shutDown, { once: true });
  if (options.signal?.aborted === true) shutDown();
  try {
    await executor.ended;
  } finally {
    options.signal?.removeEventListener('abort', shutDown);
  }
}
