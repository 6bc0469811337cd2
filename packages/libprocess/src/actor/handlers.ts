import type { HttpHandler } from '../http/message.ts';
import type { PID } from './pid.ts';

/** What a handler may return; a promise that rejects counts as an exception. */
export type HandlerResult = void | Promise<void>;

/** Handles a message of one name. */
export type MessageHandler<T> = (from: PID, body: T) => HandlerResult;

/** What `install` keeps for an actor. */
export interface InstalledMessage {
  readonly check: ((body: unknown) => unknown) | undefined;
  readonly handler: (from: PID, body: unknown) => unknown;
  /** Whether what the handler returns is the answer to whoever has sent the message. */
  readonly answers: boolean;
}

/** A page of `/help`, in Markdown. */
export interface RouteHelp {
  /** One line. */
  readonly summary: string;
  readonly description?: string;
  /** Who may use it, beyond having proved who they are. */
  readonly authorization?: string;
  /** Where to read more. */
  readonly references?: string;
}

/** Options of `route`. */
export interface RouteOptions {
  /** What the route is for, at `/help`: one line, or a page. */
  readonly help?: string | RouteHelp;
  /** Methods that are let through; others are answered with 405. HEAD is, where GET is. @default any */
  readonly methods?: readonly string[];
  /** Who may use it is asked of this realm's authenticator. @default everybody may */
  readonly realm?: string;
  /** Bytes of a request's body, decompressed; beyond is 413. @default the limit `httpBodyBytesMax` */
  readonly bodyBytesMax?: number;
  /** How long reading the body may take, in milliseconds; beyond is 408. `Infinity` for bodies that are streams. @default the limit `httpBodyTimeoutMs` */
  readonly bodyTimeoutMs?: number;
}

/** A route of an actor. */
export interface InstalledRoute {
  readonly path: string;
  readonly handler: HttpHandler;
  readonly options: RouteOptions;
}
