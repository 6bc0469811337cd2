import type { CheckInfo_Type, CheckStatusInfo } from '@mesos-ts/protocol';
import type { HealthPolicy } from './plan.ts';
import type { ProbeOutcome } from './probe.ts';

/** The status of a check of which there is no result. */
export function emptyCheckStatus(type: CheckInfo_Type | undefined): CheckStatusInfo {
  if (type === 'COMMAND') return { type, command: {} };
  if (type === 'HTTP') return { type, http: {} };
  return type === 'TCP' ? { type, tcp: {} } : {};
}

/** Whether results of a check are news: what differs from the one before is told. Pure. */
export class CheckNews {
  readonly #type: CheckInfo_Type | undefined;
  #last: CheckStatusInfo;

  constructor(type: CheckInfo_Type | undefined) {
    this.#type = type;
    this.#last = emptyCheckStatus(type);
  }

  /** The status to tell, or nothing. A probe that has failed has no result, which is news after one that had. */
  take(outcome: ProbeOutcome): CheckStatusInfo | undefined {
    const status = 'status' in outcome ? outcome.status : emptyCheckStatus(this.#type);
    if (isSame(status, this.#last)) return undefined;
    this.#last = status;
    return status;
  }
}

function isSame(one: CheckStatusInfo, other: CheckStatusInfo): boolean {
  return (
    one.command?.exit_code === other.command?.exit_code &&
    one.http?.status_code === other.http?.status_code &&
    one.tcp?.succeeded === other.tcp?.succeeded
  );
}

/** What a result says about a task's health. */
export type Verdict =
  /** It is told to the framework; `kill`: the task is to be ended. */
  | { readonly type: 'told'; readonly healthy: boolean; readonly kill: boolean; readonly failure?: string }
  /** Healthy, as before. */
  | { readonly type: 'unchanged' }
  /** A failure within the grace period. */
  | { readonly type: 'ignored'; readonly failure: string };

/**
 * The health of a task by the results of its health check. Every failure is told, and the first success, and the first after failures.
 * Pure; times are in milliseconds on one monotonic scale.
 */
export class Health {
  readonly #policy: HealthPolicy;
  readonly #startMs: number;
  #failures = 0;
  #hasSucceeded = false;

  constructor(policy: HealthPolicy, startMs: number) {
    this.#policy = policy;
    this.#startMs = startMs;
  }

  judge(outcome: ProbeOutcome, nowMs: number): Verdict {
    const failure = failureOf(outcome);
    if (failure === undefined) {
      const isNews = !this.#hasSucceeded || this.#failures > 0;
      this.#hasSucceeded = true;
      this.#failures = 0;
      return isNews ? { type: 'told', healthy: true, kill: false } : { type: 'unchanged' };
    }
    const { consecutiveFailures, gracePeriodMs } = this.#policy;
    if (!this.#hasSucceeded && gracePeriodMs > 0 && nowMs - this.#startMs <= gracePeriodMs) {
      return { type: 'ignored', failure };
    }
    this.#failures += 1;
    return { type: 'told', healthy: false, kill: this.#failures >= consecutiveFailures, failure };
  }
}

/** Why an outcome is a failure of a health check, or nothing. */
function failureOf(outcome: ProbeOutcome): string | undefined {
  if ('failure' in outcome) return outcome.failure;
  const { command, http, tcp } = outcome.status;
  if (command !== undefined) {
    return command.exit_code === 0 ? undefined : `Command exited with status ${command.exit_code}`;
  }
  if (http !== undefined) {
    const code = http.status_code ?? 0;
    return code >= 200 && code < 400 ? undefined : `Unexpected HTTP response code: ${code}`;
  }
  return tcp?.succeeded === true ? undefined : 'TCP connection failed';
}
