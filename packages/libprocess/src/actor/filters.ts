import { errorText } from '../errors.ts';
import { printable } from '../text.ts';
import type { Event } from './event.ts';
import type { Logger } from '../logger.ts';
import type { PID } from './pid.ts';

/**
 * Decides, when an actor is about to handle an event, whether it is dropped instead: true drops it. A dispatch or request that is dropped
 * is refused with `EVENT_FILTERED`. Everything is shown but what ends an actor.
 */
export type EventFilter = (to: PID, event: Event) => boolean;

/** The filters that every event of a runtime's actors passes. */
export class Filters {
  readonly #filters = new Set<EventFilter>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Answers how to take it away. */
  add(filter: EventFilter): () => void {
    this.#filters.add(filter);
    return () => {
      this.#filters.delete(filter);
    };
  }

  /** Whether one of them drops an event. Each of them sees it, whatever those before it say: some only watch. */
  drop(to: PID, event: Event): boolean {
    if (this.#filters.size === 0) return false;
    let drops = false;
    for (const filter of this.#filters) {
      try {
        if (filter(to, event)) drops = true;
      } catch (error) {
        this.#logger.error(printable(`A filter failed, and what it was to judge is dropped: ${errorText(error)}`));
        drops = true;
      }
    }
    return drops;
  }
}
