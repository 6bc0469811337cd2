import { ProcessError } from '../errors.ts';
import type { Event, ExitReason } from '../actor/event.ts';
import type { PID } from '../actor/pid.ts';
import type { EventFilter } from '../actor/filters.ts';

/** Whose events are looked at: a `Runtime`, or a `Simulation` with those of all its nodes in all their lives. */
export interface Filterable {
  filter(filter: EventFilter): () => void;
}

/** Which messages of a name are meant. A text names an actor, wherever it is; a PID means that very one. */
export interface MessagePattern {
  readonly from?: PID | string;
  readonly to?: PID | string;
}

/** Which calls of a method are meant. */
export interface DispatchPattern {
  readonly to?: PID | string;
}

/** Which news of an actor's end are meant: of whose end, and to whom. */
export interface ExitedPattern {
  readonly of?: PID | string;
  readonly to?: PID | string;
}

/** Whose end an actor hears of, and why. */
export interface Exited {
  readonly pid: PID;
  readonly reason: ExitReason;
}

/** What a kind of event has to say, and between whom; undefined for an event that is not meant. */
type Reader<T> = (to: PID, event: Event) => { readonly value: T; readonly between: string } | undefined;

/**
 * Resolves to the body of the next such message, at the moment when its receiver, an actor of this runtime, is about to handle it. The
 * message is handled as if nobody had looked.
 */
export function expectMessage<T = unknown>(where: Filterable, name: string, pattern: MessagePattern = {}): Promise<T> {
  return next(where, messages<T>(name, pattern), false);
}

/** As `expectMessage`, and the message is lost. Those after it are not. */
export function dropMessage<T = unknown>(where: Filterable, name: string, pattern: MessagePattern = {}): Promise<T> {
  return next(where, messages<T>(name, pattern), true);
}

/** Loses every such message until the function that it answers is called, which answers how many there were. */
export function dropMessages(where: Filterable, name: string, pattern: MessagePattern = {}): () => number {
  return dropAll(where, messages(name, pattern));
}

/** Watches for messages that must not come. Call the function that it answers at the end: it throws if there was one. */
export function expectNoMessage(where: Filterable, name: string, pattern: MessagePattern = {}): () => void {
  return none(where, `message '${name}'`, messages(name, pattern));
}

/** Resolves to the arguments of the next call of that method, by `dispatch` or `tell`, at the moment when it is about to be made. */
export function expectDispatch<T extends unknown[] = unknown[]>(
  where: Filterable,
  method: string,
  pattern: DispatchPattern = {},
): Promise<T> {
  return next(where, dispatches<T>(method, pattern), false);
}

/** As `expectDispatch`, and the call is not made: its caller's promise rejects with `EVENT_FILTERED`. */
export function dropDispatch<T extends unknown[] = unknown[]>(
  where: Filterable,
  method: string,
  pattern: DispatchPattern = {},
): Promise<T> {
  return next(where, dispatches<T>(method, pattern), true);
}

/** Refuses every such call until the function that it answers is called, which answers how many there were. */
export function dropDispatches(where: Filterable, method: string, pattern: DispatchPattern = {}): () => number {
  return dropAll(where, dispatches(method, pattern));
}

/** Watches for calls that must not come. Call the function that it answers at the end: it throws if there was one. */
export function expectNoDispatch(where: Filterable, method: string, pattern: DispatchPattern = {}): () => void {
  return none(where, `dispatch of '${method}'`, dispatches(method, pattern));
}

/** Resolves when an actor is about to hear of such an end. */
export function expectExited(where: Filterable, pattern: ExitedPattern = {}): Promise<Exited> {
  return next(where, exits(pattern), false);
}

/** As `expectExited`, and the actor does not hear of it. Its link is gone all the same. */
export function dropExited(where: Filterable, pattern: ExitedPattern = {}): Promise<Exited> {
  return next(where, exits(pattern), true);
}

/** Watches for news of ends that must not come. Call the function that it answers at the end: it throws if there were any. */
export function expectNoExited(where: Filterable, pattern: ExitedPattern = {}): () => void {
  return none(where, 'exited', exits(pattern));
}

function messages<T>(name: string, { from, to: wanted }: MessagePattern): Reader<T> {
  return (to, event) => {
    if (event.type !== 'message' || event.name !== name || !isMeant(event.from, from) || !isMeant(to, wanted))
      return undefined;
    // The test says what the body is; nothing is known of it here.
    return { value: event.body as T, between: `from ${event.from.toString()} to ${to.toString()}` };
  };
}

function dispatches<T extends unknown[]>(method: string, { to: wanted }: DispatchPattern): Reader<T> {
  return (to, event) => {
    if ((event.type !== 'dispatch' && event.type !== 'tell') || event.method !== method || !isMeant(to, wanted)) {
      return undefined;
    }
    return { value: event.args as T, between: `to ${to.toString()}` };
  };
}

function exits({ of, to: wanted }: ExitedPattern): Reader<Exited> {
  return (to, event) => {
    if (event.type !== 'exited' || !isMeant(event.pid, of) || !isMeant(to, wanted)) return undefined;
    const { pid, reason } = event;
    return { value: { pid, reason }, between: `of ${pid.toString()} to ${to.toString()}` };
  };
}

function next<T>(where: Filterable, read: Reader<T>, drop: boolean): Promise<T> {
  return new Promise((resolve) => {
    const stop = where.filter((to, event) => {
      const found = read(to, event);
      if (found === undefined) return false;
      stop();
      resolve(found.value);
      return drop;
    });
  });
}

function dropAll(where: Filterable, read: Reader<unknown>): () => number {
  let count = 0;
  const stop = where.filter((to, event) => {
    const dropped = read(to, event) !== undefined;
    if (dropped) count++;
    return dropped;
  });
  return () => {
    stop();
    return count;
  };
}

function none(where: Filterable, what: string, read: Reader<unknown>): () => void {
  const seen: string[] = [];
  const stop = where.filter((to, event) => {
    const found = read(to, event);
    if (found !== undefined) seen.push(found.between);
    return false;
  });
  return () => {
    stop();
    if (seen.length > 0) {
      throw new ProcessError('INVARIANT', `Expected no ${what}, got ${seen.length}: ${seen.join(', ')}`);
    }
  };
}

function isMeant(pid: PID, wanted: PID | string | undefined): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? pid.id === wanted : pid.equals(wanted);
}
