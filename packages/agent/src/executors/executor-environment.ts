/** The environment of an executor's process (Mesos's `docs/executor-http-api.md` and `executorEnvironment` in its agent). */
import { formatDuration } from '@mesos-ts/flags';
import type { PID } from '@mesos-ts/libprocess';
import type { ExecutorInfo } from '@mesos-ts/protocol';

/** What every program finds where the agent's operator says nothing else. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What an executor's environment is made of. */
export interface ExecutorEnvironmentOptions {
  readonly executorInfo: ExecutorInfo;
  readonly frameworkId: string;
  readonly agentId: string;
  readonly agentPid: PID;
  /** The address that executors, which are on the same machine, listen on. */
  readonly ip: string;
  readonly directory: string;
  readonly isCheckpointing: boolean;
  readonly shutdownGracePeriodMs: number;
  readonly recoveryTimeoutMs: number;
  readonly subscriptionBackoffMaxMs: number;
  /** By which the executor proves who it is. @default none */
  readonly token?: string | undefined;
  /** What the operator gives to all executors; `PATH` has a default. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Everything that an executor's process finds in its environment, its own command's variables aside. */
export function executorEnvironment(options: ExecutorEnvironmentOptions): Record<string, string> {
  const { agentPid, directory, executorInfo } = options;
  return {
    PATH: defaultPath,
    LIBPROCESS_IP: options.ip,
    ...options.variables,
    LIBPROCESS_PORT: '0',
    MESOS_FRAMEWORK_ID: options.frameworkId,
    MESOS_EXECUTOR_ID: executorInfo.executor_id.value,
    MESOS_DIRECTORY: directory,
    MESOS_SANDBOX: directory,
    MESOS_SLAVE_ID: options.agentId,
    MESOS_SLAVE_PID: agentPid.toString(),
    MESOS_AGENT_ENDPOINT: agentPid.address,
    MESOS_CHECKPOINT: options.isCheckpointing ? '1' : '0',
    MESOS_HTTP_COMMAND_EXECUTOR: '0',
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: formatDuration(options.shutdownGracePeriodMs),
    // Executors outlive an agent that goes away whether or not their framework checkpoints, so all are told for how long.
    MESOS_RECOVERY_TIMEOUT: formatDuration(options.recoveryTimeoutMs),
    MESOS_SUBSCRIPTION_BACKOFF_MAX: formatDuration(options.subscriptionBackoffMaxMs),
    ...(options.token === undefined ? {} : { MESOS_EXECUTOR_AUTHENTICATION_TOKEN: options.token }),
  };
}

/** How long an executor may take to end when it is asked to: its own wish, or else the agent's default. */
export function shutdownGracePeriodMs(executorInfo: ExecutorInfo, defaultMs: number): number {
  const nanoseconds = executorInfo.shutdown_grace_period?.nanoseconds;
  return nanoseconds === undefined ? defaultMs : nanoseconds / 1e6;
}
