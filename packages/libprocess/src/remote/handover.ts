import type { Clock, Timer } from '../time/clock.ts';
import type { Connection } from '../transport/transport.ts';

// How long the new connection waits for the last of the old one, which may be dead.
const graceMs = 500;

/** A connection that is to take the place of the open one. */
export interface Successor {
  /** Undefined before there is one, and from when it has become the connection. */
  connection: Connection | undefined;
  /** Whether it is being found out whose it is. */
  judged: boolean;
  /** The actors that were linked to since it was asked for. */
  readonly links: Set<string>;
}

/** What a connection needs that takes the place of another. */
interface HandoverOptions {
  readonly old: Connection;
  readonly clock: Clock;
  /** Bytes that may wait for the end of the old connection; beyond, it is not waited for any longer. */
  readonly bytesMax: number;
  /** The old connection has been read to its end, or is not waited for any longer. */
  readonly done: () => void;
}

/**
 * From the moment when one connection takes the place of another until the old one has been read to its end. What arrives on the new one
 * waits as long, so that nothing overtakes what was sent before it.
 */
export class Handover {
  readonly old: Connection;
  readonly #options: HandoverOptions;
  readonly #timer: Timer;
  readonly #held: Uint8Array[] = [];
  #bytes = 0;

  constructor(options: HandoverOptions) {
    this.old = options.old;
    this.#options = options;
    this.#timer = options.clock.timer(graceMs, options.done);
  }

  /** Has a frame of the new connection wait. */
  hold(frame: Uint8Array): void {
    this.#held.push(frame);
    this.#bytes += frame.length;
    if (this.#bytes > this.#options.bytesMax) this.#options.done();
  }

  /** Ends the old connection and answers what has been waiting. */
  end(reason: string): readonly Uint8Array[] {
    this.#options.clock.cancel(this.#timer);
    this.old.close(reason);
    return this.#held;
  }
}
