import type { EndReason, ExitReason } from '../actor/event.ts';
import type { PID } from '../actor/pid.ts';
import type { Process } from '../actor/process.ts';

/**
 * When an actor that has ended is started again: always, only when it has failed (not when it was asked to end), or never. As in
 * Erlang/OTP.
 */
export type RestartKind = 'permanent' | 'transient' | 'temporary';

/**
 * Who is started again when one has ended: only that one; all; or that one and those that were started after it, which may depend on it.
 * As in Erlang/OTP.
 */
export type RestartStrategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

/** An actor that a supervisor starts. */
export interface ChildSpec {
  /** Its name. Every actor that is started in turn has it, so that its PID stays the same. */
  readonly id: string;
  /** Makes the actor, a new one each time. */
  readonly start: () => Process;
  /** @default permanent */
  readonly restart?: RestartKind;
  /** How long it may take to initialise, in milliseconds; beyond, it has failed. @default 30,000 */
  readonly startTimeoutMs?: number;
  /**
   * How long it may take to end, in milliseconds; beyond, it is left to itself, and its name stays taken until it ends. @default 5,000,
   * infinite for a supervisor
   */
  readonly shutdownTimeoutMs?: number;
  /** Whether it first handles what is in its mailbox when it is to end. @default false */
  readonly drain?: boolean;
}

/** An actor of another runtime, or one that somebody else has started, which a supervisor only watches. */
export interface WatchSpec {
  /** Its name within the supervisor. */
  readonly id: string;
  readonly watch: PID;
  /**
   * What its end means. If it is to be restarted, it is linked to again after the back-off, counts as a restart, and by the strategy
   * takes others with it; nobody but its own runtime can start it. Why a remote actor has ended is not known, so that it has failed.
   * @default temporary
   */
  readonly restart?: RestartKind;
}

/**
 * Where a child is in its life: being initialised; running; ended and to be started after the back-off, or when those before it have been;
 * ended for good until it is restarted by hand.
 */
export type ChildState = 'starting' | 'running' | 'waiting' | 'ended';

/** What a supervisor tells of a child. */
export interface ChildInfo {
  readonly id: string;
  readonly pid: PID;
  readonly state: ChildState;
  readonly restart: RestartKind;
  /** How many times it was restarted. */
  readonly restarts: number;
}

/** What happens to the children of a supervisor. */
export type SupervisorEvent =
  | { readonly type: 'started'; readonly id: string; readonly pid: PID }
  | { readonly type: 'exited'; readonly id: string; readonly reason: ExitReason }
  /** It will be started again after so many milliseconds, and others as the strategy wants it. */
  | { readonly type: 'restarting'; readonly id: string; readonly delayMs: number }
  /** It was ended by the supervisor. */
  | { readonly type: 'stopped'; readonly id: string }
  /** It did not end in time. */
  | { readonly type: 'abandoned'; readonly id: string }
  /** Too many restarts: the supervisor ends. */
  | { readonly type: 'escalating'; readonly id: string };

/** Whether a child that has ended for that reason is to be started again. */
export function isRestarted(kind: RestartKind, reason: ExitReason): boolean {
  if (reason.type === 'closing') return false;
  return kind === 'permanent' || (kind === 'transient' && reason.type !== 'terminated');
}

/** Those who are started again with a child, itself among them, in the order of their starting. */
export function restartedWith<T>(strategy: RestartStrategy, children: readonly T[], child: T): readonly T[] {
  if (strategy === 'one-for-one') return [child];
  return strategy === 'one-for-all' ? children : children.slice(children.indexOf(child));
}

/** The reason of an actor that could not be started. */
export function startFailure(error: unknown): EndReason {
  return { type: 'failed', handler: 'start', error };
}
