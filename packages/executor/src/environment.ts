import { parseDuration } from '@mesos-ts/flags';
import { PID } from '@mesos-ts/libprocess';
import type { ExecutorID, FrameworkID } from '@mesos-ts/protocol';
import { recoveryTimeoutMs, shutdownGracePeriodMs, subscriptionBackoffMaxMs, tokenVariable } from './constants.ts';
import { ExecutorError } from './errors.ts';

/** What an agent tells the executors that it starts, in environment variables. */
export interface ExecutorEnvironment {
  /** `MESOS_SLAVE_PID`: the agent's actor. */
  readonly agent: PID;
  /** `MESOS_AGENT_ENDPOINT`, if set: where the agent speaks HTTP, `http://ip:port`, or `https` where `LIBPROCESS_SSL_ENABLED` is true. */
  readonly endpoint?: string | undefined;
  /** `MESOS_FRAMEWORK_ID`. */
  readonly frameworkId: FrameworkID;
  /** `MESOS_EXECUTOR_ID`. */
  readonly executorId: ExecutorID;
  /** `MESOS_SANDBOX`, else `MESOS_DIRECTORY`, if set: the executor's sandbox. */
  readonly sandbox: string | undefined;
  /** `MESOS_CHECKPOINT`: whether the framework wants its executors to outlive their agent's restarts. */
  readonly checkpoint: boolean;
  /** `MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD`: how long the executor may take to shut down, in milliseconds. @default 5000 */
  readonly shutdownGracePeriodMs: number;
  /** `MESOS_RECOVERY_TIMEOUT`: how long the executor waits for a lost agent before it gives up, in milliseconds. @default 900000 */
  readonly recoveryTimeoutMs: number;
  /** `MESOS_SUBSCRIPTION_BACKOFF_MAX`: bounds the waits between attempts to reach the agent, in milliseconds. @default 2000 */
  readonly subscriptionBackoffMaxMs: number;
  /** `MESOS_EXECUTOR_AUTHENTICATION_TOKEN`, if set: what the executor proves to the agent who it is with. */
  readonly token?: string | undefined;
  /** `LIBPROCESS_IP`: the IP address to listen on. @default the loopback address */
  readonly ip: string;
  /** `LIBPROCESS_PORT`: the port to listen on. @default 0, which lets the system choose */
  readonly port: number;
}

/** Environment variables by name, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

const portMax = 65_535;

/** Reads what the agent tells the executor. Throws `EXECUTOR_ENVIRONMENT_INVALID`, which names the variable. */
export function executorEnvironment(variables: Variables): ExecutorEnvironment {
  return {
    agent: agentPid(variables),
    endpoint: endpoint(variables),
    frameworkId: { value: required(variables, 'MESOS_FRAMEWORK_ID') },
    executorId: { value: required(variables, 'MESOS_EXECUTOR_ID') },
    sandbox: variables['MESOS_SANDBOX'] ?? variables['MESOS_DIRECTORY'],
    checkpoint: variables['MESOS_CHECKPOINT'] === '1',
    shutdownGracePeriodMs: durationMs(variables, 'MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD', shutdownGracePeriodMs),
    recoveryTimeoutMs: durationMs(variables, 'MESOS_RECOVERY_TIMEOUT', recoveryTimeoutMs),
    subscriptionBackoffMaxMs: durationMs(variables, 'MESOS_SUBSCRIPTION_BACKOFF_MAX', subscriptionBackoffMaxMs),
    token: variables[tokenVariable],
    ip: variables['LIBPROCESS_IP'] ?? '127.0.0.1',
    port: port(variables),
  };
}

function invalid(reason: string, cause?: unknown): ExecutorError {
  return new ExecutorError('EXECUTOR_ENVIRONMENT_INVALID', reason, { cause });
}

function required(variables: Variables, name: string): string {
  const value = variables[name];
  if (value === undefined || value === '') throw invalid(`Expected '${name}' to be set in the environment`);
  return value;
}

function agentPid(variables: Variables): PID {
  const text = required(variables, 'MESOS_SLAVE_PID');
  try {
    return PID.parse(text);
  } catch (error) {
    throw invalid(`Expected 'MESOS_SLAVE_PID' to be the PID of an agent, got '${text}'`, error);
  }
}

function endpoint(variables: Variables): string | undefined {
  const address = variables['MESOS_AGENT_ENDPOINT'];
  if (address === undefined) return undefined;
  const isSecure = /^(?:1|true)$/.test(variables['LIBPROCESS_SSL_ENABLED'] ?? variables['SSL_ENABLED'] ?? '');
  const url = `${isSecure ? 'https' : 'http'}://${address}`;
  if (!URL.canParse(url)) throw invalid(`Expected 'MESOS_AGENT_ENDPOINT' to be of the form ip:port, got '${address}'`);
  return url;
}

function durationMs(variables: Variables, name: string, otherwise: number): number {
  const text = variables[name];
  if (text === undefined) return otherwise;
  const parsed = parseDuration(text);
  if (parsed.error !== undefined) throw invalid(`Expected '${name}' to be a duration: ${parsed.error}`);
  return parsed.value;
}

function port(variables: Variables): number {
  const text = variables['LIBPROCESS_PORT'] ?? '0';
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= portMax)) throw invalid(`Expected 'LIBPROCESS_PORT' to be a port, got '${text}'`);
  return value;
}
