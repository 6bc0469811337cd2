import type { HttpHandler } from '../http/message.ts';
import type { PID } from './pid.ts';

/** What a handler may return; a promise that rejects counts as an exception. */
export type HandlerResult = void | Promise<void>;

/** Handles a message of one name. */
export type MessageHandler<T> = (from: PID, body: T) => HandlerResult;

/** What `install` keeps for an actor. */
export interface InstalledMessage {
  readonly check: ((body: unknown) => unknown) | undefined;
  readonly handler: MessageHandler<unknown>;
}

/** Options of `route`. */
export interface RouteOptions {
  /** One line for people about what the route answers. */
  readonly help?: string;
  /** Methods that are let through; others are answered with 405. @default any */
  readonly methods?: readonly string[];
}

/** A route of an actor. */
export interface InstalledRoute {
  readonly path: string;
  readonly handler: HttpHandler;
  readonly options: RouteOptions;
}
