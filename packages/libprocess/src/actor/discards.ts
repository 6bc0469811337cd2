import { isDiscarded } from './event.ts';
import type { Event } from './event.ts';
import type { Mailbox } from './mailbox.ts';

// Fewer discarded calls are left in the mailbox until their turn.
const discardsMin = 64;

/** The calls for an actor that their callers have given up while they waited. */
export class Discards {
  readonly #mailbox: Mailbox<Event>;
  /** Who has asked by message; each asks once. */
  readonly #askers = new Set<string>();
  #count = 0;

  constructor(mailbox: Mailbox<Event>) {
    this.#mailbox = mailbox;
  }

  /** A caller has given up, who knows whether before the call has begun: a dispatch whose signal says so, or a message. */
  add(asker?: string): void {
    if (asker !== undefined) this.#askers.add(asker);
    this.#count++;
    // Looking through the mailbox is paid for by as many discards.
    if (this.#count < discardsMin || this.#count * 2 < this.#mailbox.length) return;
    this.#mailbox.retain((event) => !this.take(event));
    this.#askers.clear();
    this.#count = 0;
  }

  /** Whether an event is not to be handled any more. A message is asked for once. */
  take(event: Event): boolean {
    if (event.type === 'message') return this.#askers.delete(event.from.id);
    return isDiscarded(event);
  }
}
