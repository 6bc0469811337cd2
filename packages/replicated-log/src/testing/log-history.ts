import { linearization, logModel } from './linearizability.ts';
import type { LogOperation, LogOutcome, Operation } from './linearizability.ts';

interface Entry {
  operation: Operation<LogOperation, LogOutcome>;
}

/** What clients of a log have called, and what they were answered. Its time is the order of its own calls. */
export class LogHistory {
  readonly #entries: Entry[] = [];
  #time = 0;
  #reads = 0;
  #appends = 0;

  /** How many reads were answered. */
  get reads(): number {
    return this.#reads;
  }

  /** How many appends were acknowledged. */
  get appends(): number {
    return this.#appends;
  }

  /** Notes a call. What that answers is to be called with the outcome, unless that is not known. */
  call(input: LogOperation): (outcome: LogOutcome) => void {
    const calledAt = ++this.#time;
    const entry: Entry = { operation: { input, calledAt } };
    this.#entries.push(entry);
    return (output) => {
      if (input.type === 'read') this.#reads++;
      else this.#appends++;
      entry.operation = { input, calledAt, output, returnedAt: ++this.#time };
    };
  }

  /** Whether one log could have answered so. Values have to differ. */
  isLinearizable(): boolean {
    const operations = this.#entries.map(({ operation }) => operation);
    const seen = new Set(operations.flatMap(({ output }) => (typeof output === 'object' ? output : [])));
    // Whatever has no answer and was never seen may as well not have been done: no order needs it.
    const needed = operations.filter(
      ({ input, output }) => output !== undefined || (input.type === 'append' && seen.has(input.value)),
    );
    return linearization(needed, logModel) !== undefined;
  }

  toString(): string {
    return JSON.stringify(this.#entries.map(({ operation }) => operation));
  }
}
