import { refuseSeconds } from './filters.ts';
import type { Unavailability } from '@mesos-ts/protocol';
import type { AllocatorEvent } from './events.ts';

/** What one framework is asked to give back: all that it has of some agents, each of which will be away. */
export interface InverseAllocation {
  readonly frameworkId: string;
  readonly agents: readonly AwayAgent[];
}

/** An agent that will be away. */
export interface AwayAgent {
  readonly agentId: string;
  /** The stay of the agent that this is about. */
  readonly incarnation: number;
  readonly unavailability: Unavailability;
}

/** What of the allocator's books it takes to ask for an agent. */
export interface HeldAgent {
  readonly incarnation: number;
  readonly active: boolean;
  /** The frameworks that were offered or use some of it. */
  readonly holders: Iterable<{ readonly id: string; readonly active: boolean }>;
}

interface Away {
  readonly unavailability: Unavailability;
  /** Frameworks that were asked, and have not answered. */
  readonly asked: Set<string>;
  /** Until when those that have answered are not asked again, in monotonic milliseconds. */
  readonly quietUntilMs: Map<string, number>;
}

/**
 * Which frameworks are to be asked to give up what they have of agents that will be away, as Mesos's allocator asks: who has something of such
 * an agent, was offered it or uses it, has one inverse offer for it at a time, and is not asked again as long as its filters say.
 */
export class InverseOffers {
  readonly #agents = new Map<string, Away>();

  /**
   * Takes note of an event. What was answered about one time says nothing about another.
   * @param nowMs Monotonic time in milliseconds.
   */
  apply(event: AllocatorEvent, nowMs: number): void {
    if (event.type === 'update-unavailability') this.#set(event.agentId, event.unavailability);
    else if (event.type === 'inverse-offer-answered') this.#answered(event, nowMs);
    else if (event.type === 'add-agent') this.#set(event.agent.agentId, event.agent.unavailability);
    else if (event.type === 'remove-agent') this.#agents.delete(event.agentId);
    else if (event.type === 'revive' || event.type === 'deactivate-framework') this.#clearFilters(event.frameworkId);
    else if (event.type === 'remove-framework') this.#removeFramework(event.frameworkId);
  }

  #set(agentId: string, unavailability: Unavailability | undefined): void {
    if (unavailability === undefined) this.#agents.delete(agentId);
    else this.#agents.set(agentId, { unavailability, asked: new Set(), quietUntilMs: new Map() });
  }

  /** A framework has answered, or was not asked after all. Without filters, it is asked again at the next occasion. */
  #answered(
    { agentId, filters, frameworkId }: Extract<AllocatorEvent, { type: 'inverse-offer-answered' }>,
    nowMs: number,
  ): void {
    const away = this.#agents.get(agentId);
    if (away === undefined) return;
    away.asked.delete(frameworkId);
    if (filters !== undefined) away.quietUntilMs.set(frameworkId, nowMs + refuseSeconds(filters) * 1000);
  }

  #clearFilters(frameworkId: string): void {
    for (const { quietUntilMs } of this.#agents.values()) quietUntilMs.delete(frameworkId);
  }

  #removeFramework(frameworkId: string): void {
    this.#clearFilters(frameworkId);
    for (const { asked } of this.#agents.values()) asked.delete(frameworkId);
  }

  /**
   * Who is to be asked now. They count as asked from then on, until they have answered.
   * @param candidates The agents to look at, or `all`.
   * @param agents All that there are; of those that are not active nothing is asked back, nor is it of frameworks that are not.
   * @param nowMs Monotonic time in milliseconds.
   */
  take(
    candidates: Iterable<string> | 'all',
    agents: ReadonlyMap<string, HeldAgent>,
    nowMs: number,
  ): InverseAllocation[] {
    const asked = new Map<string, AwayAgent[]>();
    for (const agentId of candidates === 'all' ? this.#agents.keys() : candidates) {
      const away = this.#agents.get(agentId);
      const agent = agents.get(agentId);
      if (away === undefined || agent?.active !== true) continue;
      const { incarnation } = agent;
      for (const { active, id } of agent.holders) {
        if (!active || away.asked.has(id) || nowMs < (away.quietUntilMs.get(id) ?? 0)) continue;
        away.quietUntilMs.delete(id);
        away.asked.add(id);
        const known = asked.get(id);
        const wanted = { agentId, incarnation, unavailability: away.unavailability };
        if (known === undefined) asked.set(id, [wanted]);
        else known.push(wanted);
      }
    }
    return [...asked].map(([frameworkId, wanted]) => ({ frameworkId, agents: wanted }));
  }
}
