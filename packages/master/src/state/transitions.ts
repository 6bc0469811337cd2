/** Why an agent is to be marked unreachable: its pings have no answer, or it stayed away. */
export type UnreachableCause = 'silent' | 'away';

/**
 * What is under way with agents and waits for the registry, or for its turn. While it does, nothing else is begun with the same agent: a
 * second message of an agent that is in a hurry is dropped, and it will send a third.
 */
export class AgentTransitions {
  /** Agents without an id that are being admitted, by where they are. */
  readonly registering = new Set<string>();
  /** Agents that are coming back, by id. */
  readonly reregistering = new Set<string>();
  /** Agents that are to be marked unreachable when the rate limit allows it, by id, and why. */
  readonly unreachableScheduled = new Map<string, UnreachableCause>();
  readonly markingUnreachable = new Set<string>();
  readonly markingGone = new Set<string>();
  readonly removing = new Set<string>();

  /** What is being done to an agent that stands in the way of anything else, in words, or nothing. */
  ending(agentId: string): string | undefined {
    if (this.markingUnreachable.has(agentId)) return 'is being marked unreachable';
    if (this.markingGone.has(agentId)) return 'is being marked gone';
    return this.removing.has(agentId) ? 'is being removed' : undefined;
  }
}
