import type { Parsed } from '@mesos-ts/flags';
import type { CheckInfo, CommandInfo, HealthCheck, NetworkInfo_Protocol } from '@mesos-ts/protocol';

/** What is probed. */
export type ProbeTarget =
  | { readonly type: 'COMMAND'; readonly command: CommandInfo }
  | { readonly type: 'HTTP'; readonly url: string }
  | { readonly type: 'TCP'; readonly host: string; readonly port: number };

/** What a check or a health check asks for, in full. */
export interface CheckPlan {
  /** For people: `HTTP check`, `COMMAND health check`. */
  readonly name: string;
  readonly target: ProbeTarget;
  /** From the start of the task to the first probe. */
  readonly delayMs: number;
  /** From the end of a probe to the next. */
  readonly intervalMs: number;
  /** How long a probe may take; infinite where the check says zero. */
  readonly timeoutMs: number;
}

/** How results of a health check are judged. */
export interface HealthPolicy {
  /** So many failures in a row end the task. */
  readonly consecutiveFailures: number;
  /** Failures so soon after the start are ignored until the first success. */
  readonly gracePeriodMs: number;
}

// Mesos's defaults, of its mesos.proto.
const delaySeconds = 15;
const intervalSeconds = 10;
const timeoutSeconds = 20;
const gracePeriodSeconds = 10;
const consecutiveFailures = 3;

/** Reads what a check asks for, or says what is missing. */
export function planOfCheck(check: CheckInfo): Parsed<CheckPlan> {
  return planOf(`${check.type} check`, check, targetOfCheck(check));
}

/** Reads what a health check asks for, or says what is missing. */
export function planOfHealthCheck(check: HealthCheck): Parsed<CheckPlan> {
  return planOf(`${check.type} health check`, check, targetOfHealthCheck(check));
}

/** How the results of a health check are to be judged. */
export function policyOf(check: HealthCheck): HealthPolicy {
  return {
    consecutiveFailures: check.consecutive_failures ?? consecutiveFailures,
    gracePeriodMs: milliseconds(check.grace_period_seconds ?? gracePeriodSeconds),
  };
}

function planOf(name: string, check: CheckInfo | HealthCheck, target: ProbeTarget | undefined): Parsed<CheckPlan> {
  if (target === undefined) return { error: `A ${name} does not say what to check` };
  const timeoutMs = milliseconds(check.timeout_seconds ?? timeoutSeconds);
  return {
    value: {
      name,
      target,
      delayMs: milliseconds(check.delay_seconds ?? delaySeconds),
      intervalMs: milliseconds(check.interval_seconds ?? intervalSeconds),
      timeoutMs: timeoutMs > 0 ? timeoutMs : Number.POSITIVE_INFINITY,
    },
  };
}

function targetOfCheck({ command, http, tcp, type }: CheckInfo): ProbeTarget | undefined {
  if (type === 'COMMAND') return commandTarget(command?.command);
  if (type === 'HTTP' && http !== undefined) return httpTarget(http);
  return type === 'TCP' && tcp !== undefined ? { type, host: loopback(undefined), port: tcp.port } : undefined;
}

function targetOfHealthCheck({ command, http, tcp, type }: HealthCheck): ProbeTarget | undefined {
  if (type === 'COMMAND') return commandTarget(command);
  if (type === 'HTTP' && http !== undefined) return httpTarget(http);
  return type === 'TCP' && tcp !== undefined ? { type, host: loopback(tcp.protocol), port: tcp.port } : undefined;
}

function commandTarget(command: CommandInfo | undefined): ProbeTarget | undefined {
  return command?.value === undefined ? undefined : { type: 'COMMAND', command };
}

function httpTarget(http: {
  readonly path?: string | undefined;
  readonly port: number;
  readonly protocol?: NetworkInfo_Protocol | undefined;
  readonly scheme?: string | undefined;
}): ProbeTarget {
  const { path = '', port, protocol, scheme = 'http' } = http;
  const host = loopback(protocol);
  return { type: 'HTTP', url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}` };
}

/** Numbers, since a container's hosts file may not have `localhost`. */
function loopback(protocol: NetworkInfo_Protocol | undefined): string {
  return protocol === 'IPv6' ? '::1' : '127.0.0.1';
}

/** What is no number, which a protobuf may have, counts as none. */
function milliseconds(seconds: number): number {
  return seconds > 0 ? seconds * 1000 : 0;
}
