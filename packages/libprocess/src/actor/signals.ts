import { isAsker } from './ask.ts';
import { onAbort } from './on-abort.ts';
import { ProcessError } from '../errors.ts';
import type { Event } from './event.ts';
import type { PID } from './pid.ts';

/** Has somebody told when an actor, of this runtime or another, has ended; answers how to take that back. */
type Watch = (pid: PID, ended: () => void) => () => void;

/** The signals of events whose handlers have asked for one, while they are being handled. */
export class Signals {
  readonly #watch: Watch;
  readonly #given = new Map<Event, { readonly controller: AbortController; release: (() => void) | undefined }>();

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  /** The signal of an event: aborts when whoever waits for the answer has given up. */
  of(event: Event): AbortSignal {
    const before = this.#given.get(event);
    if (before !== undefined) return before.controller.signal;
    const controller = new AbortController();
    const given: { controller: AbortController; release: (() => void) | undefined } = {
      controller,
      release: undefined,
    };
    this.#given.set(event, given);
    given.release = this.#listen(event, (reason) => {
      controller.abort(reason);
    });
    return controller.signal;
  }

  /** The event has been handled: nobody is told of anything any more. */
  release(event: Event): void {
    this.#given.get(event)?.release?.();
    this.#given.delete(event);
  }

  abortAll(reason: unknown): void {
    for (const { controller, release } of this.#given.values()) {
      release?.();
      controller.abort(reason);
    }
    this.#given.clear();
  }

  #listen(event: Event, abort: (reason: unknown) => void): (() => void) | undefined {
    if (event.type === 'message' && isAsker(event.from)) {
      return this.#watch(event.from, () => {
        abort(new ProcessError('ASK_DISCARDED', `Whoever asked for '${event.name}' has given up`));
      });
    }
    const source = callerSignal(event);
    if (source?.aborted === true) abort(source.reason);
    return source === undefined ? undefined : onAbort(source, abort);
  }
}

function callerSignal(event: Event): AbortSignal | undefined {
  if (event.type === 'dispatch') return event.signal;
  return event.type === 'http' ? event.request.signal : undefined;
}

/** Whether somebody waits for the answer who may give up. */
export function mayBeGivenUp(event: Event): boolean {
  if (event.type === 'message') return isAsker(event.from);
  return event.type === 'http' || (event.type === 'dispatch' && event.signal !== undefined);
}
