import type { ExitReason, ExitedEvent } from './event.ts';
import type { PID } from './pid.ts';

/** Hears, once, that an actor has ended. */
export type ExitListener = (reason: ExitReason) => void;

/** What an actor is linked to, who is linked to it, and of whose end it has yet to hear. */
export class Links {
  #targets: Map<string, PID> | undefined;
  #listeners: Map<string, ExitListener> | undefined;
  #exits: Map<string, ExitedEvent> | undefined;

  /** What the actor is linked to. */
  get targets(): Iterable<PID> {
    return this.#targets?.values() ?? [];
  }

  /**
   * Adds a link, unless there is one. Until the actor has heard of a link's end, there is one for it: linking again before would have it
   * hear of two ends.
   */
  add(to: PID): 'added' | 'linked' | 'ending' {
    const targets = (this.#targets ??= new Map<string, PID>());
    const key = to.toString();
    if (targets.has(key)) return 'linked';
    if (this.#exits?.has(key) === true) return 'ending';
    targets.set(key, to);
    return 'added';
  }

  /** Takes a link back, or an end that is on its way; true if there was a link. */
  remove(to: PID): boolean {
    const key = to.toString();
    this.#exits?.delete(key);
    return this.#targets?.delete(key) === true;
  }

  /** Makes of a link the event that tells of its end; undefined if there is no link. */
  exit(pid: PID, reason: ExitReason): ExitedEvent | undefined {
    const key = pid.toString();
    if (this.#targets?.delete(key) !== true) return undefined;
    const event: ExitedEvent = { type: 'exited', pid, reason };
    (this.#exits ??= new Map<string, ExitedEvent>()).set(key, event);
    return event;
  }

  /** Whether the actor is to hear of this end: who unlinks hears nothing of what was on its way. It is told once. */
  take(event: ExitedEvent): boolean {
    const key = event.pid.toString();
    return this.#exits?.get(key) === event && this.#exits.delete(key);
  }

  /** Has somebody told of the actor's end; once for each key. */
  listen(key: string, listener: ExitListener): void {
    (this.#listeners ??= new Map<string, ExitListener>()).set(key, listener);
  }

  ignore(key: string): void {
    this.#listeners?.delete(key);
  }

  /** The actor has ended: tells all who listen. */
  tell(reason: ExitReason): void {
    for (const listener of this.#listeners?.values() ?? []) listener(reason);
    this.#listeners = undefined;
  }
}
