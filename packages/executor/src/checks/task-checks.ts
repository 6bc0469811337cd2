import type { Logger, Timer } from '@mesos-ts/libprocess';
import type { CheckStatusInfo, TaskInfo } from '@mesos-ts/protocol';
import { planOfCheck, planOfHealthCheck, policyOf } from './plan.ts';
import type { CheckPlan } from './plan.ts';
import type { ProbeMaker, ProbeOutcome } from './probe.ts';
import { CheckNews, Health } from './results.ts';
import { CheckRounds } from './rounds.ts';
import type { RoundEffect, RoundEvent } from './rounds.ts';

/** What checks need of the executor, an actor, that they belong to. */
export interface ChecksHost {
  readonly logger: Logger;
  /** What ends the probes that are under way, for an executor that ends. */
  readonly underWay: Set<AbortController>;
  /** Milliseconds on a monotonic scale. */
  monotonic(): number;
  delay(delayMs: number, work: () => void): Timer;
  cancel(timer: Timer): void;
  /** A function that, called from anywhere, has the given one run in the actor's turn, unless the actor has ended. */
  inTurn<A>(work: (argument: A) => void): (argument: A) => void;
}

/** What becomes known of a task by its checks. */
export interface ChecksListener {
  /** The result of the check is another one than before. */
  checked(status: CheckStatusInfo): void;
  /** The task is healthy, or not; `kill`: it has failed too often and is to be ended. */
  judged(healthy: boolean, kill: boolean): void;
}

/** The check and the health check of a running task. They begin with it. */
export class TaskChecks {
  readonly #checkers: Checker[] = [];

  constructor(task: TaskInfo, host: ChecksHost, makeProbe: ProbeMaker, listener: ChecksListener) {
    const { check, health_check: healthCheck } = task;
    if (check !== undefined) {
      const news = new CheckNews(check.type);
      this.#add(planOfCheck(check), host, makeProbe, (outcome, { name }) => {
        if ('failure' in outcome) host.logger.warn(`${name} failed: ${outcome.failure}`);
        const status = news.take(outcome);
        if (status !== undefined) listener.checked(status);
      });
    }
    if (healthCheck !== undefined) {
      const health = new Health(policyOf(healthCheck), host.monotonic());
      this.#add(planOfHealthCheck(healthCheck), host, makeProbe, (outcome, { name }) => {
        const verdict = health.judge(outcome, host.monotonic());
        if (verdict.type === 'ignored') {
          host.logger.info(`Ignoring failure of ${name}: still in grace period: ${verdict.failure}`);
        } else if (verdict.type === 'told') {
          if (verdict.failure !== undefined) host.logger.warn(`${name} failed: ${verdict.failure}`);
          listener.judged(verdict.healthy, verdict.kill);
        }
      });
    }
  }

  /** Stops probing; a probe that is under way is ended without a word. */
  pause(): void {
    for (const checker of this.#checkers) checker.step({ type: 'pause' });
  }

  /** Goes on after `pause`, at once. */
  resume(): void {
    for (const checker of this.#checkers) checker.step({ type: 'resume' });
  }

  #add(
    plan: ReturnType<typeof planOfCheck>,
    host: ChecksHost,
    makeProbe: ProbeMaker,
    tell: (outcome: ProbeOutcome, plan: CheckPlan) => void,
  ): void {
    if (plan.error !== undefined) {
      // Masters refuse such tasks; a check that cannot be done is no reason to end one.
      host.logger.error(`Not checking the task: ${plan.error}`);
      return;
    }
    const { value } = plan;
    const checker = new Checker(value, host, makeProbe, (outcome) => {
      tell(outcome, value);
    });
    this.#checkers.push(checker);
    checker.step({ type: 'start' });
  }
}

/** Performs what `CheckRounds` decides. */
class Checker {
  readonly #host: ChecksHost;
  readonly #probe: ReturnType<ProbeMaker>;
  readonly #rounds: CheckRounds;
  readonly #tell: (outcome: ProbeOutcome) => void;
  readonly #probed: (probed: { round: number; outcome: ProbeOutcome }) => void;
  #timer: Timer | undefined;
  #abort: AbortController | undefined;

  constructor(plan: CheckPlan, host: ChecksHost, makeProbe: ProbeMaker, tell: (outcome: ProbeOutcome) => void) {
    this.#host = host;
    this.#probe = makeProbe(plan.target);
    this.#rounds = new CheckRounds(plan);
    this.#tell = tell;
    this.#probed = host.inTurn(({ outcome, round }) => {
      this.step({ type: 'probed', round, outcome });
    });
  }

  step(event: RoundEvent): void {
    for (const effect of this.#rounds.step(event)) this.#perform(effect);
  }

  #perform(effect: RoundEffect): void {
    switch (effect.type) {
      case 'set-timer':
        this.#timer = this.#host.delay(effect.delayMs, () => {
          this.#timer = undefined;
          this.step({ type: 'due' });
        });
        break;
      case 'cancel-timer':
        if (this.#timer !== undefined) this.#host.cancel(this.#timer);
        this.#timer = undefined;
        break;
      case 'probe':
        this.#begin(effect.round);
        break;
      case 'abort':
        this.#abort?.abort();
        break;
      case 'tell':
        this.#tell(effect.outcome);
        break;
    }
  }

  #begin(round: number): void {
    const abort = new AbortController();
    this.#abort = abort;
    this.#host.underWay.add(abort);
    void this.#probe(abort.signal).then((outcome) => {
      this.#host.underWay.delete(abort);
      this.#probed({ round, outcome });
    });
  }
}
