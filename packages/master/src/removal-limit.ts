/** How fast agents are marked unreachable (`--agent_removal_rate_limit`): a network that fails must not cost all tasks at once. */
import { RateLimiter, type Clock } from '@mesos-ts/libprocess';
import type { Parsed } from '@mesos-ts/protocol';
import { parseDuration } from '@mesos-ts/flags';
import type { RemovalRate } from './options.ts';

/** More than there are agents. */
const waitersMax = 1_000_000;

/** Reads `1/10mins`, or says what is wrong with it. */
export function parseRemovalRate(text: string): Parsed<RemovalRate> {
  const [count = '', time = '', ...rest] = text.split('/').map((part) => part.trim());
  const format = 'Format is <Number of agents>/<Duration>';
  if (time === '' || rest.length > 0) return { error: format };
  if (!/^[1-9]\d{0,8}$/.test(count)) return { error: `'${count}' is no number of agents. ${format}` };
  const duration = parseDuration(time);
  if (duration.error !== undefined) return { error: `${duration.error}. ${format}` };
  if (!(duration.value > 0)) return { error: `The duration must be positive. ${format}` };
  return { value: { permits: Number(count), perMs: duration.value } };
}

/** Lets agents be marked unreachable one after the other, in the order in which they were to be. */
export class RemovalLimit {
  readonly #limiter: RateLimiter;
  readonly #waiting = new Map<string, AbortController>();

  constructor(clock: Clock, { perMs, permits }: RemovalRate) {
    this.#limiter = new RateLimiter(clock, { permits, perMs, waitersMax });
  }

  /**
   * Calls back when an agent's time has come, unless it is cancelled first.
   * @param granted Runs in the master's turn. Until it does, `cancel` counts.
   */
  await(agentId: string, granted: () => Promise<unknown>): void {
    const controller = new AbortController();
    this.#waiting.set(agentId, controller);
    this.#limiter
      .acquire({ signal: controller.signal })
      .then(() => {
        if (this.#waiting.get(agentId) !== controller) return undefined;
        this.#waiting.delete(agentId);
        return granted();
      })
      // It was cancelled, or the master has ended.
      .catch(() => undefined);
  }

  /** An agent is not to be marked unreachable any more. Others move up. */
  cancel(agentId: string): void {
    const controller = this.#waiting.get(agentId);
    this.#waiting.delete(agentId);
    controller?.abort();
  }

  /** Calls nobody back any more. */
  close(): void {
    this.#waiting.clear();
    this.#limiter.close();
  }
}
