import { WatchedMap } from './watched-map.ts';
import type { AllocatorInverseOfferStatus, InverseOffer } from '@mesos-ts/protocol';
import type { Watchable } from './changes.ts';

/** An inverse offer that waits for its framework's answer. */
export interface InverseOfferRecord {
  readonly id: string;
  readonly frameworkId: string;
  readonly agentId: string;
  /** The inverse offer as the API tells it. */
  readonly offer: InverseOffer;
}

/** What frameworks were asked to give back for the maintenance of machines, and what they have answered. */
export class InverseOffers {
  /** Those that wait for an answer, by id. */
  readonly outstanding: WatchedMap<string, InverseOfferRecord>;
  /** Their ids, by agent and framework. */
  readonly #ofAgents = new Map<string, Map<string, string>>();
  /** The newest answers, by agent and framework. */
  readonly #answers = new Map<string, Map<string, AllocatorInverseOfferStatus>>();

  /** @param cluster What it is a part of. */
  constructor(cluster: Watchable) {
    this.outstanding = new WatchedMap(cluster, 'inverseOffers');
  }

  add(record: InverseOfferRecord): void {
    this.outstanding.set(record.id, record);
    const ofAgent = this.#ofAgents.get(record.agentId);
    if (ofAgent === undefined) this.#ofAgents.set(record.agentId, new Map([[record.frameworkId, record.id]]));
    else ofAgent.set(record.frameworkId, record.id);
  }

  remove({ agentId, frameworkId, id }: InverseOfferRecord): void {
    this.outstanding.delete(id);
    const ofAgent = this.#ofAgents.get(agentId);
    ofAgent?.delete(frameworkId);
    if (ofAgent?.size === 0) this.#ofAgents.delete(agentId);
  }

  /** Whether a framework was asked for what it has of an agent, and has not answered. */
  isAsked(frameworkId: string, agentId: string): boolean {
    return this.#ofAgents.get(agentId)?.has(frameworkId) === true;
  }

  /** The ids of those that wait for an answer about an agent. */
  ofAgent(agentId: string): readonly string[] {
    return [...(this.#ofAgents.get(agentId)?.values() ?? [])];
  }

  /** Notes what a framework has answered about an agent, in place of what it answered before. */
  answered(agentId: string, status: AllocatorInverseOfferStatus): void {
    const answers = this.#answers.get(agentId);
    if (answers === undefined) this.#answers.set(agentId, new Map([[status.framework_id.value, status]]));
    else answers.set(status.framework_id.value, status);
  }

  /** What was answered about an agent, the newest answer of each framework. */
  answers(agentId: string): readonly AllocatorInverseOfferStatus[] {
    return [...(this.#answers.get(agentId)?.values() ?? [])];
  }

  /** Forgets what was answered about an agent. */
  forgetAnswers(agentId: string): void {
    this.#answers.delete(agentId);
  }

  /** Forgets what a framework has answered that is no more. */
  forgetFramework(frameworkId: string): void {
    for (const [agentId, answers] of this.#answers) {
      answers.delete(frameworkId);
      if (answers.size === 0) this.#answers.delete(agentId);
    }
  }
}
