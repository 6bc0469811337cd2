import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { PID } from './pid.ts';
import type { HandlerResult, InstalledRoute } from './process.ts';

/** A message by name from an actor anywhere, or from nobody. */
export interface MessageEvent {
  readonly type: 'message';
  readonly name: string;
  readonly from: PID;
  readonly body: unknown;
}

/** A method call whose caller wants no answer. */
export interface TellEvent {
  readonly type: 'tell';
  readonly method: string;
  readonly args: unknown[];
}

/** A method call, or deferred work, whose caller waits for the answer. */
export interface DispatchEvent {
  readonly type: 'dispatch';
  readonly method: string | (() => unknown);
  readonly args: unknown[];
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

/** A linked actor has ended, or the connection to it has. */
export interface ExitedEvent {
  readonly type: 'exited';
  readonly pid: PID;
}

/** The actor is asked to end. */
export interface TerminateEvent {
  readonly type: 'terminate';
}

/** Everything that can be in a mailbox. */
export type Event = MessageEvent | TellEvent | DispatchEvent | TimerEvent | HttpEvent | ExitedEvent | TerminateEvent;
