import { formatDuration } from '@mesos-ts/flags';
import type { CheckPlan } from './plan.ts';
import type { ProbeOutcome } from './probe.ts';

/** What happens to a check. */
export type RoundEvent =
  /** Begin, with the delay of the plan. */
  | { readonly type: 'start' }
  /** The timer has fired. */
  | { readonly type: 'due' }
  /** A probe has ended. */
  | { readonly type: 'probed'; readonly round: number; readonly outcome: ProbeOutcome }
  | { readonly type: 'pause' }
  /** Go on, with a probe at once. */
  | { readonly type: 'resume' };

/** What is to be done about it, in order. */
export type RoundEffect =
  /** Set the timer; there is one only. */
  | { readonly type: 'set-timer'; readonly delayMs: number }
  | { readonly type: 'cancel-timer' }
  | { readonly type: 'probe'; readonly round: number }
  /** End the probe, whose outcome does not matter any more. */
  | { readonly type: 'abort' }
  | { readonly type: 'tell'; readonly outcome: ProbeOutcome };

/** When a check probes, decided purely: one probe at a time, each so long after the end of the one before. */
export class CheckRounds {
  readonly #plan: Pick<CheckPlan, 'delayMs' | 'intervalMs' | 'timeoutMs'>;
  #phase: 'paused' | 'probing' | 'waiting' = 'paused';
  #round = 0;

  constructor(plan: Pick<CheckPlan, 'delayMs' | 'intervalMs' | 'timeoutMs'>) {
    this.#plan = plan;
  }

  step(event: RoundEvent): RoundEffect[] {
    switch (event.type) {
      case 'start':
        return this.#wait(this.#plan.delayMs);
      case 'resume':
        return this.#phase === 'paused' ? this.#wait(0) : [];
      case 'pause':
        return this.#pause();
      case 'due':
        return this.#due();
      case 'probed':
        break;
    }
    if (this.#phase !== 'probing' || event.round !== this.#round) return [];
    return [{ type: 'cancel-timer' }, ...this.#tell(event.outcome)];
  }

  #wait(delayMs: number): RoundEffect[] {
    this.#phase = 'waiting';
    return [{ type: 'set-timer', delayMs }];
  }

  #pause(): RoundEffect[] {
    const isProbing = this.#phase === 'probing';
    this.#phase = 'paused';
    return [{ type: 'cancel-timer' }, ...(isProbing ? [{ type: 'abort' } as const] : [])];
  }

  #due(): RoundEffect[] {
    const { timeoutMs } = this.#plan;
    if (this.#phase === 'paused') return [];
    if (this.#phase === 'waiting') {
      this.#phase = 'probing';
      this.#round += 1;
      return [
        { type: 'set-timer', delayMs: timeoutMs },
        { type: 'probe', round: this.#round },
      ];
    }
    const failure = `Timed out after ${formatDuration(timeoutMs)}`;
    return [{ type: 'abort' }, ...this.#tell({ failure })];
  }

  /** Telling comes last: who is told may pause the check. */
  #tell(outcome: ProbeOutcome): RoundEffect[] {
    return [...this.#wait(this.#plan.intervalMs), { type: 'tell', outcome }];
  }
}
