import { printable } from '../text.ts';
import type { DropReason } from './refusals.ts';
import type { Event } from './event.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { PID } from './pid.ts';

const counters: Readonly<Record<DropReason, string>> = {
  filtered: 'libprocess/events_filtered',
  invalid: 'libprocess/messages_invalid',
  'mailbox full': 'libprocess/mailbox_overflows',
  terminated: 'libprocess/dead_letters',
  unhandled: 'libprocess/messages_unhandled',
};

/** Counts and logs what does not reach, or is not handled by, an actor. */
export class Losses {
  readonly #metrics: Metrics;
  readonly #logger: Logger;

  constructor(metrics: Metrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  /** There is no such actor. */
  dead(to: PID, name: string): void {
    this.#metrics.counter('libprocess/dead_letters').increment();
    this.#logger.debug(printable(`'${name}' for ${to.toString()}, which is not there, was dropped`));
  }

  /** A message cannot be written. */
  unsendable(to: PID, name: string, reason: string): void {
    this.#metrics.counter('libprocess/messages_dropped').increment();
    this.#logger.error(printable(`Message '${name}' to ${to.toString()} is not sent: ${reason}`));
  }

  /** An actor has not handled an event. */
  dropped(by: PID, event: Event, reason: DropReason, detail: string): void {
    const what = event.type === 'message' ? `message '${event.name}' from ${event.from.toString()}` : event.type;
    const text = printable(`Actor ${by.id}: ${what} dropped: ${reason}${detail === '' ? '' : `: ${detail}`}`);
    this.#metrics.counter(counters[reason]).increment();
    if (reason === 'terminated' || reason === 'filtered') this.#logger.debug(text);
    else this.#logger.warn(text);
  }
}
