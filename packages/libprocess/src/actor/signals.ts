import { onAbort } from './ask.ts';
import type { Event } from './event.ts';

/** The signals of events whose handlers have asked for one, while they are being handled. */
export class Signals {
  readonly #given = new Map<
    Event,
    { readonly controller: AbortController; readonly release: (() => void) | undefined }
  >();

  /** The signal of an event: aborts when whoever waits for the answer has given up. */
  of(event: Event): AbortSignal {
    const given = this.#given.get(event);
    if (given !== undefined) return given.controller.signal;
    const controller = new AbortController();
    const source = callerSignal(event);
    const abort = (reason: unknown): void => {
      controller.abort(reason);
    };
    if (source?.aborted === true) abort(source.reason);
    this.#given.set(event, { controller, release: source === undefined ? undefined : onAbort(source, abort) });
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
}

function callerSignal(event: Event): AbortSignal | undefined {
  if (event.type === 'dispatch') return event.signal;
  return event.type === 'http' ? event.request.signal : undefined;
}
