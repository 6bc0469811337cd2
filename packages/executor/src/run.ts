import { Runtime, WebSocketTransport, errorText, tlsFromEnvironment, trustFromEnvironment } from '@mesos-ts/libprocess';
import { env } from 'node:process';
import { ExecutorError } from './errors.ts';
import type { Logger, PID, TlsOptions, Trust } from '@mesos-ts/libprocess';
import type { Executor } from './executor.ts';

/** Options of {@link runExecutor}. */
export interface RunExecutorOptions {
  /** Where the runtime writes what an operator should know. @default silent unless `DEBUG=mesos:*` */
  readonly logger?: Logger;
  /** Aborting it makes the executor shut down, within its grace period. */
  readonly signal?: AbortSignal;
}

/**
 * Runs an executor on a runtime of its own until it has ended. The runtime has TLS by `LIBPROCESS_SSL_*`, and trust between nodes by
 * `LIBPROCESS_TRUST_*`. Rejects with `EXECUTOR_FAILED` when one of the executor's hooks throws, and with `EXECUTOR_ENVIRONMENT_INVALID`
 * when one of these variables makes no sense.
 */
export async function runExecutor(executor: Executor, options: RunExecutorOptions = {}): Promise<void> {
  const { ip, port } = executor.environment;
  const { tls, trust } = protection();
  await using runtime = await new Runtime({
    ...(trust === undefined ? {} : { trust }),
    // Over HTTP nobody connects to it.
    ...(executor.isActorOfAgent
      ? { transport: new WebSocketTransport({ ip, port, ...(tls === undefined ? {} : { tls }) }) }
      : {}),
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

/** How the environment wants connections to be protected. What it is warned of has been told by the agent, whose variables they are. */
function protection(): { readonly tls: TlsOptions | undefined; readonly trust: Trust | undefined } {
  try {
    return { tls: tlsFromEnvironment(env).tls, trust: trustFromEnvironment(env).trust };
  } catch (error) {
    throw new ExecutorError('EXECUTOR_ENVIRONMENT_INVALID', errorText(error), { cause: error });
  }
}
