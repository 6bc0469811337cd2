import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { PID } from './pid.ts';
import type { HandlerResult, InstalledRoute } from './handlers.ts';

/** A message by name from an actor anywhere, or from nobody. */
export interface MessageEvent {
  readonly type: 'message';
  readonly name: string;
  readonly from: PID;
  readonly body: unknown;
  /** How many actors have passed it on; undefined for none. */
  readonly hops?: number;
}

/** A method call whose caller wants no answer. */
export interface TellEvent {
  readonly type: 'tell';
  readonly method: string;
  /** The argument, when there is exactly one: a million calls that wait are half as large without an array each. */
  readonly argument: unknown;
  /** All arguments, when there are none or several. */
  readonly args: unknown[] | undefined;
}

/** A method call, or deferred work, whose caller waits for the answer. */
export interface DispatchEvent {
  readonly type: 'dispatch';
  readonly method: string | (() => unknown);
  readonly args: unknown[];
  /** Aborts when the caller has given up; undefined for one that never does. */
  readonly signal: AbortSignal | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** A timer of the actor that is due. */
export interface TimerEvent {
  readonly type: 'timer';
  readonly work: () => HandlerResult;
}

/** An HTTP request to one of the actor's routes. */
export interface HttpEvent {
  readonly type: 'http';
  readonly route: InstalledRoute;
  readonly request: HttpRequest;
  readonly resolve: (response: HttpResponse | Promise<HttpResponse>) => void;
  readonly reject: (reason: unknown) => void;
}

/** Why an actor ends. */
export type EndReason =
  /** Somebody has asked for it: `terminate`. */
  | { readonly type: 'terminated' }
  /** One of its handlers has thrown, or its promise has rejected. */
  | { readonly type: 'failed'; readonly handler: string; readonly error: unknown }
  /** Its runtime is closing. */
  | { readonly type: 'closing' };

/** Why there is no link to an actor any more. */
export type ExitReason =
  /** It was of this runtime, and has ended. */
  | EndReason
  /** It is not there: it never was, had ended before the link, or is of another runtime, which does not tell why it has ended. */
  | { readonly type: 'gone' }
  /** The connection with its runtime has ended or could not be made, `why` says for what reason, where it is known: the actor may be running. */
  | { readonly type: 'lost'; readonly why?: string };

/** A linked actor has ended, or the connection to it has. */
export interface ExitedEvent {
  readonly type: 'exited';
  readonly pid: PID;
  readonly reason: ExitReason;
}

/** The actor is to end: the last event that it gets. */
export interface TerminateEvent {
  readonly type: 'terminate';
  readonly reason: EndReason;
  /** Whether it waits its turn behind what was in the mailbox before it. */
  readonly inOrder?: boolean;
}

/**
 * Everything that can be in a mailbox. libprocess has five kinds of events; its dispatches are three here: calls whose caller waits,
 * calls whose caller does not (`tell`), and due timers.
 */
export type Event = MessageEvent | TellEvent | DispatchEvent | TimerEvent | HttpEvent | ExitedEvent | TerminateEvent;

/** Whether somebody waits for the answer. */
export function isAsk(event: Event): event is DispatchEvent | HttpEvent {
  return event.type === 'dispatch' || event.type === 'http';
}

/** Whether it is a dispatch whose caller has given up. */
export function isDiscarded(event: Event): boolean {
  return event.type === 'dispatch' && event.signal?.aborted === true;
}

/**
 * Whether the mailbox may refuse an event. What an actor has itself asked for, its timers and links, is bounded by the actor and would
 * be missed for ever.
 */
export function isBounded(event: Event): boolean {
  return event.type !== 'terminate' && event.type !== 'exited' && event.type !== 'timer';
}
