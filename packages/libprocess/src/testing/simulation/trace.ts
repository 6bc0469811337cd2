/** What happened, in words. What costs time to write is written only when somebody reads it. */
type TraceText = string | (() => string);

interface TraceEvent {
  readonly atMs: number;
  readonly where: string;
  readonly what: string;
  readonly text: TraceText;
}

/** What happened in a simulation, line by line: `   12.345 server   handle counter <- add 2 from client`. Times are milliseconds. */
export class Trace {
  readonly #keep: number;
  readonly #now: () => number;
  #events: TraceEvent[] = [];
  #count = 0;

  /** @param keep How many of the last events are kept. */
  constructor(now: () => number, keep: number) {
    this.#now = now;
    this.#keep = keep;
  }

  /** How many events there were, kept or not. */
  get count(): number {
    return this.#count;
  }

  /** @param where The node, or the two ends of a connection, or nothing for the simulation itself. */
  record(where: string, what: string, text: TraceText): void {
    this.#count++;
    this.#events.push({ atMs: this.#now(), where, what, text });
    if (this.#events.length >= 2 * this.#keep) this.#events = this.#events.slice(-this.#keep);
  }

  /** The last events that are kept, oldest first. */
  lines(last = this.#keep): string[] {
    return this.#events.slice(-Math.min(last, this.#keep)).map(({ atMs, where, what, text }) => {
      const written = typeof text === 'string' ? text : text();
      return `${atMs.toFixed(3).padStart(11)} ${where.padEnd(12)} ${what.padEnd(8)} ${written}`.trimEnd();
    });
  }
}

const bodyLengthMax = 80;

/** A message's body in few characters. */
export function brief(body: unknown): string {
  let text: string;
  try {
    text = body === undefined ? '' : (JSON.stringify(body) ?? typeof body);
  } catch {
    text = typeof body;
  }
  return text.length > bodyLengthMax ? `${text.slice(0, bodyLengthMax)}...` : text;
}
