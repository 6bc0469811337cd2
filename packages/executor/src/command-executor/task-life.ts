import type { CheckStatusInfo, TaskState, TaskStatus_Reason } from '@mesos-ts/protocol';
import { describeExit } from './exit.ts';
import type { Exit } from './exit.ts';

/** How a task is to be killed. `announce`: whether the framework understands TASK_KILLING. */
export interface KillOrder {
  readonly graceMs: number;
  readonly nowMs: number;
  readonly announce: boolean;
}

/** What happens to the task. Times are in milliseconds on one monotonic scale. */
export type LifeEvent =
  /** It is to be run, for so long at most. */
  | { readonly type: 'launch'; readonly completionMaxMs: number | undefined }
  /** It is to be killed. */
  | ({ readonly type: 'kill' } & KillOrder)
  /** Its process has ended. */
  | { readonly type: 'exited'; readonly exit: Exit }
  /** None of the processes that it has started is left either. */
  | { readonly type: 'vacated' }
  /** Its check has another result, or it is healthy, or it is not; `kill`: it has failed too often and is to end. */
  | { readonly type: 'checked'; readonly status: CheckStatusInfo }
  | { readonly type: 'judged'; readonly healthy: boolean; readonly kill: KillOrder | undefined }
  /** The time to complete is over. */
  | { readonly type: 'completion'; readonly nowMs: number }
  /** The time to end is over. */
  | { readonly type: 'escalation' };

/** The timers of a task. */
export type LifeTimer = 'completion' | 'escalation';

/** What is to be done about it, in order. */
export type LifeEffect =
  | {
      readonly type: 'update';
      readonly state: TaskState;
      readonly message?: string;
      readonly reason?: TaskStatus_Reason;
      readonly healthy?: boolean;
      /** @default that of a check which has no result */
      readonly checkStatus?: CheckStatusInfo;
    }
  | { readonly type: 'start' }
  /** It is over with checking. */
  | { readonly type: 'stop-checks' }
  | { readonly type: 'signal'; readonly signal: 'SIGKILL' | 'SIGTERM' }
  /** Look until nothing that the task has started is left, and say `vacated` then. */
  | { readonly type: 'await-vacancy' }
  /** Set this timer, in place of a former one. */
  | { readonly type: 'set-timer'; readonly timer: LifeTimer; readonly delayMs: number }
  | { readonly type: 'cancel-timer'; readonly timer: LifeTimer }
  /** Everything is said about the task. */
  | { readonly type: 'finish' };

interface Killing {
  readonly sinceMs: number;
  readonly deadlineMs: number;
  readonly overdue: boolean;
}

/**
 * The life of a command task, decided purely: it takes what happens and answers what is to be done.
 *
 * A task that is killed gets SIGTERM, and SIGKILL when its grace period is over. It has ended when its process has and, if it was
 * killed, when the processes that it has started have too or have had their grace period; what is left gets SIGKILL in any case.
 */
export class TaskLife {
  #phase: 'ended' | 'idle' | 'leaving' | 'running' = 'idle';
  #killing: Killing | undefined;
  #escalated = false;
  #killedForHealth = false;
  // What checks have told last: an update of one does not hide what the other has said.
  #checkStatus: CheckStatusInfo | undefined;
  #healthy: boolean | undefined;
  #exit: Exit = { code: 0, signal: null };

  /** Whether a task was launched. */
  get launched(): boolean {
    return this.#phase !== 'idle';
  }

  /** Whether everything is said about the task. */
  get ended(): boolean {
    return this.#phase === 'ended';
  }

  step(event: LifeEvent): LifeEffect[] {
    switch (event.type) {
      case 'launch':
        return this.#launch(event.completionMaxMs);
      case 'kill':
        return this.#kill(event, false);
      case 'exited':
        return this.#exited(event.exit);
      case 'vacated':
        return this.#phase === 'leaving' ? this.#end() : [];
      case 'checked':
        return this.#checked(event.status);
      case 'judged':
        return this.#judged(event.healthy, event.kill);
      case 'completion':
        return this.#kill({ graceMs: 0, nowMs: event.nowMs, announce: false }, true);
      case 'escalation':
        break;
    }
    return this.#escalate();
  }

  #launch(completionMaxMs: number | undefined): LifeEffect[] {
    this.#phase = 'running';
    const effects: LifeEffect[] = [
      { type: 'update', state: 'TASK_STARTING' },
      { type: 'start' },
      { type: 'update', state: 'TASK_RUNNING' },
    ];
    if (completionMaxMs !== undefined) {
      effects.push({ type: 'set-timer', timer: 'completion', delayMs: completionMaxMs });
    }
    return effects;
  }

  #checked(status: CheckStatusInfo): LifeEffect[] {
    if (this.#phase !== 'running' || this.#killing !== undefined) return [];
    this.#checkStatus = status;
    return [this.#refinement('REASON_TASK_CHECK_STATUS_UPDATED')];
  }

  #judged(healthy: boolean, kill: KillOrder | undefined): LifeEffect[] {
    if (this.#phase !== 'running' || this.#killing !== undefined) return [];
    this.#healthy = healthy;
    const update = this.#refinement('REASON_TASK_HEALTH_CHECK_STATUS_UPDATED');
    if (kill === undefined) return [update];
    this.#killedForHealth = true;
    return [update, ...this.#kill(kill, false)];
  }

  /** The task runs as before, and more is known of it. */
  #refinement(reason: TaskStatus_Reason): LifeEffect {
    return {
      type: 'update',
      state: 'TASK_RUNNING',
      reason,
      ...(this.#healthy === undefined ? {} : { healthy: this.#healthy }),
      ...(this.#checkStatus === undefined ? {} : { checkStatus: this.#checkStatus }),
    };
  }

  #kill(kill: KillOrder, overdue: boolean): LifeEffect[] {
    const { graceMs, nowMs, announce } = kill;
    if (this.#phase === 'ended') return [];
    // There will be nothing to say about a task that never came.
    if (this.#phase === 'idle') return [{ type: 'finish' }];
    if (this.#killing !== undefined) return this.#hasten(this.#killing, graceMs, nowMs);
    this.#killing = { sinceMs: nowMs, deadlineMs: nowMs + graceMs, overdue };
    return [
      { type: 'cancel-timer', timer: 'completion' },
      ...(announce ? ([{ type: 'update', state: 'TASK_KILLING' }] as const) : []),
      { type: 'stop-checks' },
      { type: 'signal', signal: 'SIGTERM' },
      { type: 'set-timer', timer: 'escalation', delayMs: graceMs },
    ];
  }

  /** A second kill may shorten the grace period, counted from the first, and never prolongs it. */
  #hasten(killing: Killing, graceMs: number, nowMs: number): LifeEffect[] {
    const deadlineMs = killing.sinceMs + graceMs;
    if (this.#escalated || deadlineMs >= killing.deadlineMs) return [];
    this.#killing = { ...killing, deadlineMs };
    return [{ type: 'set-timer', timer: 'escalation', delayMs: Math.max(0, deadlineMs - nowMs) }];
  }

  #escalate(): LifeEffect[] {
    this.#escalated = true;
    if (this.#phase === 'running') return [{ type: 'signal', signal: 'SIGKILL' }];
    return this.#phase === 'leaving' ? this.#end() : [];
  }

  #exited(exit: Exit): LifeEffect[] {
    if (this.#phase !== 'running') return [];
    this.#exit = exit;
    if (this.#killing === undefined || this.#escalated) return this.#end();
    this.#phase = 'leaving';
    return [{ type: 'await-vacancy' }];
  }

  #end(): LifeEffect[] {
    this.#phase = 'ended';
    return [
      { type: 'cancel-timer', timer: 'completion' },
      { type: 'cancel-timer', timer: 'escalation' },
      { type: 'stop-checks' },
      { type: 'signal', signal: 'SIGKILL' },
      { type: 'update', message: describeExit(this.#exit), ...this.#verdict() },
      { type: 'finish' },
    ];
  }

  #verdict(): { state: TaskState; reason?: TaskStatus_Reason; healthy?: boolean } {
    if (this.#killing?.overdue === true) {
      return { state: 'TASK_FAILED', reason: 'REASON_MAX_COMPLETION_TIME_REACHED' };
    }
    if (this.#killing !== undefined) {
      return { state: 'TASK_KILLED', ...(this.#killedForHealth ? { healthy: false } : {}) };
    }
    return { state: this.#exit.code === 0 ? 'TASK_FINISHED' : 'TASK_FAILED' };
  }
}
