import type { PID } from '@mesos-ts/libprocess';
import type { ReregisterAgentMessage } from '@mesos-ts/protocol';
import type { Piecemeal } from './piecemeal.ts';

/** Agents that may wait. Those beyond it ask again by themselves. */
const waitingMax = 100_000;

/**
 * Agents that ask to be taken in again: after a failover of masters all of them, at once. They wait here and not in the master's mailbox,
 * so that nobody else waits for all of them, and each has one place however often it asks: with what it has said last.
 */
export class ReturningAgents {
  readonly #work: Piecemeal;
  readonly #take: (from: PID, message: ReregisterAgentMessage) => void;
  readonly #waiting = new Map<string, ReregisterAgentMessage>();

  /** @param take Is given each agent in its turn, in the order in which they came. */
  constructor(work: Piecemeal, take: (from: PID, message: ReregisterAgentMessage) => void) {
    this.#work = work;
    this.#take = take;
  }

  /** Answers what became of it: it waits for its turn, is in the place of what the agent has said before, or found no place. */
  add(from: PID, message: ReregisterAgentMessage): 'waits' | 'repeats' | 'refused' {
    const key = from.toString();
    const repeats = this.#waiting.has(key);
    if (!repeats && this.#waiting.size >= waitingMax) return 'refused';
    this.#waiting.set(key, message);
    if (repeats) return 'repeats';
    this.#work.add(() => {
      const latest = this.#waiting.get(key);
      if (latest === undefined) return;
      this.#waiting.delete(key);
      this.#take(from, latest);
    });
    return 'waits';
  }

  /** Forgets an agent that leaves instead. */
  delete(from: PID): void {
    this.#waiting.delete(from.toString());
  }
}
