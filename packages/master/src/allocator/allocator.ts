import { MasterError } from '../errors.ts';
import { allLanes, Competition, guaranteeLanes, plainLanes } from './competition.ts';
import { explainFrom } from './explainer.ts';
import { OfferFilters, refusalMs } from './filters.ts';
import { InverseOffers, type InverseAllocation } from './inverse-offers.ts';
import { Ledgers } from './ledgers.ts';
import { excludesNone, withoutTraits } from './offer-constraints.ts';
import { offerable } from './offerable.ts';
import { Offering, shuffle } from './offering.ts';
import { QuotaBook } from './quota-book.ts';
import { describe, isPlain, quotaQuantities, setHeld } from './records.ts';
import { unwantedBy } from './unwanted.ts';
import { worthALook } from './worth-a-look.ts';
import { Resources, type Filters } from '@mesos-ts/protocol';
import type { ExplainAnswer, ExplainQuestion } from './explain.ts';
import type { HeldBackReason } from './held-back.ts';
import type { Agent, Framework } from './records.ts';
import type { Lane } from './sorter.ts';
import type { Allocation, AllocatorAgent, AllocatorEvent, AllocatorOptions, Candidates, Unwanted } from './events.ts';

/**
 * Decides which framework is offered which agent's free resources: first a role is chosen by dominant resource fairness among
 * roles, then a framework among those of the role. Reserved resources go to their role only. Roles that are guaranteed more than
 * they have come first; of the rest, what is missing to guarantees is kept free, and no role gets more than its limit. Pure
 * bookkeeping: time and randomness are arguments, offers are return values, and nothing is ever offered twice before it was
 * recovered.
 */
export class Allocator {
  readonly #options: AllocatorOptions;
  readonly #agents = new Map<string, Agent>();
  readonly #frameworks = new Map<string, Framework>();
  readonly #inverseOffers = new InverseOffers();
  readonly #competition: Competition;
  readonly #quotas: QuotaBook;
  /** Frameworks that have refused something: few of many. */
  readonly #refusing = new Set<Framework>();
  /** How many agents must be there before anything is offered; undefined: none. */
  #awaited: number | undefined;
  /** Grows when a framework may take what none took before. */
  #appetite = 0;
  readonly #ledgers: Ledgers;
  /** When all agents were looked at last. */
  #wholeMs = -Infinity;

  constructor(options: AllocatorOptions) {
    this.#options = options;
    this.#ledgers = new Ledgers(options.completedFrameworksMax);
    this.#competition = new Competition(options.excludedResources, this.#ledgers);
    this.#quotas = new QuotaBook(options.minAllocatable);
  }

  /** How many refusals of offers to a role are kept, for metrics. */
  filtersActive(role: string): number {
    let size = 0;
    for (const { filters } of this.#refusing) size += filters.size(role);
    return size;
  }

  /** Grows when a role gets its first framework or loses its last one. */
  get rolesVersion(): number {
    return this.#competition.version;
  }

  /** The name of a framework and the roles that it is in, for metrics. */
  membership(frameworkId: string): { readonly frameworkName: string; readonly roles: ReadonlySet<string> } | undefined {
    const framework = this.#frameworks.get(frameworkId);
    return framework === undefined ? undefined : { frameworkName: framework.info.name, roles: framework.roles };
  }

  /** Whether a framework wants no offers in a role, for metrics. */
  isSuppressed(frameworkId: string, role: string): boolean {
    return this.#frameworks.get(frameworkId)?.suppressed.has(role) ?? false;
  }

  /** What the frameworks do not want: roles that they have suppressed, and, for each role, agents that their constraints exclude. */
  unwanted(): readonly Unwanted[] {
    return [...this.#frameworks.values()].map((framework) => unwantedBy(framework, [...this.#agents.values()]));
  }

  /** The roles that frameworks are in. */
  roles(): IterableIterator<string> {
    return this.#competition.roles();
  }

  /** The dominant share of a role, for metrics; undefined for one that no framework is in. */
  share(role: string): number | undefined {
    return this.#competition.share(role);
  }

  /** Whether nothing is offered yet, since agents are awaited. */
  get isHeld(): boolean {
    return this.#awaited !== undefined;
  }

  /** What quotas were set, and how they stand. */
  get quotas(): Pick<QuotaBook, 'consumed' | 'headroom' | 'quotas'> {
    return this.#quotas;
  }

  /** How much of a scalar resource a role, with those below it, was offered or uses. */
  givenTo(role: string, name: string): number {
    return this.#competition.givenTo(role, name) / 1000;
  }

  /** How much of a scalar resource the cluster has. */
  total(name: string): number {
    return this.#competition.cluster.milli(name) / 1000;
  }

  /** How much of a scalar resource is offered or used. */
  given(name: string): number {
    return this.#competition.given(name) / 1000;
  }

  /** Resources of an agent that are neither offered nor used; none for an agent that is not there. */
  available(agentId: string): Resources {
    return this.#agents.get(agentId)?.available ?? Resources.empty;
  }

  /** What a framework was offered or uses on an agent. */
  allocated(frameworkId: string, agentId: string): Resources {
    return this.#frameworks.get(frameworkId)?.allocated.get(agentId) ?? Resources.empty;
  }

  /**
   * Takes note of an event.
   * @param nowMs Monotonic time in milliseconds.
   * @returns The agents whose resources it is worth looking at before the next interval.
   */
  apply(event: AllocatorEvent, nowMs: number): Candidates {
    this.#inverseOffers.apply(event, nowMs);
    switch (event.type) {
      case 'add-framework':
        return this.#addFramework(event, nowMs);
      case 'remove-framework':
        return this.#removeFramework(this.#framework(event.frameworkId));
      case 'activate-framework':
        return this.#activateFramework(this.#framework(event.frameworkId));
      case 'deactivate-framework':
        return this.#deactivateFramework(this.#framework(event.frameworkId), nowMs);
      case 'update-framework':
        return this.#updateFramework(this.#framework(event.frameworkId), event, nowMs);
      case 'add-agent':
        return this.#addAgent(event.agent);
      case 'remove-agent':
        return this.#removeAgent(this.#agent(event.agentId));
      case 'activate-agent':
        this.#setActive(this.#agent(event.agentId), true);
        return { agentId: event.agentId };
      case 'deactivate-agent':
        this.#setActive(this.#agent(event.agentId), false);
        return 'none';
      case 'update-agent':
        return this.#updateAgent(this.#agent(event.agentId), event);
      case 'update-unavailability':
        return { agentId: event.agentId };
      case 'inverse-offer-answered':
        return 'none';
      case 'recover':
        return this.#recover(event.frameworkId, event.agentId, event.resources, event.filters, nowMs);
      case 'suppress':
        return this.#suppress(this.#framework(event.frameworkId), event.roles, nowMs);
      case 'revive':
        return this.#revive(this.#framework(event.frameworkId), event.roles);
      case 'update-weight':
        this.#competition.setWeight(event.role, event.weight);
        return 'all';
      case 'update-quota':
        this.#quotas.set(event.role, event.quota);
        this.#moveRoles();
        return 'all';
      case 'await-agents':
        this.#awaited = event.count > this.#agents.size ? event.count : undefined;
        return 'none';
      case 'await-no-more':
        this.#awaited = undefined;
        return 'all';
      default:
        return unknownEvent(event);
    }
  }

  /**
   * Gives out what is free. What it returns counts as allocated from then on, until it is recovered.
   * @param candidates The agents to look at, or `all`.
   * @param nowMs Monotonic time in milliseconds.
   * @param random A number in [0, 1): agents are looked at in random order, so that no agent is always first.
   */
  allocate(candidates: Iterable<string> | 'all', nowMs: number, random: () => number): Allocation[] {
    if (candidates === 'all') {
      this.#wholeMs = nowMs;
      for (const role of this.#quotas.shut()) this.#ledgers.tree(role).note('QUOTA_LIMIT', undefined, undefined, nowMs);
    }
    const { everybody } = this.#ledgers;
    if (this.isHeld) {
      everybody.note('AGENTS_AWAITED', undefined, undefined, nowMs);
      return [];
    }
    const agents = worthALook(this.#agents, candidates, (agent) => this.#isQuiet(agent, nowMs), everybody, nowMs);
    shuffle(agents, random);
    const offering = new Offering();
    for (const agent of agents) agent.quietUntilMs = Infinity;
    if (this.#quotas.hasWanting) {
      for (const agent of agents) {
        if (!this.#quotas.hasWanting) break;
        this.#allocateAgent(agent, guaranteeLanes, offering, nowMs);
      }
      // Those that came first have the least left.
      shuffle(agents, random);
    }
    for (const agent of agents) {
      const lanes = agent.plain ? plainLanes : allLanes;
      if (!agent.plain || !this.#quotas.isSurplusSpent()) this.#allocateAgent(agent, lanes, offering, nowMs);
      else if (!agent.available.isEmpty()) everybody.note('HEADROOM', agent.id, agent.available, nowMs);
      agent.lookedMs = nowMs;
      agent.quietVersion = this.#appetite + this.#quotas.loosenings;
    }
    return offering.allocations();
  }

  /** Whom to ask for what they have of agents that will be away. They count as asked from then on, until they have answered. */
  askBack(candidates: Iterable<string> | 'all', nowMs: number): InverseAllocation[] {
    return this.isHeld ? [] : this.#inverseOffers.take(candidates, this.#agents, nowMs);
  }

  /**
   * Why frameworks are not offered what they wait for. Changes nothing.
   * @param nowMs Monotonic time in milliseconds.
   */
  explain(question: ExplainQuestion, nowMs: number): ExplainAnswer {
    const books = {
      agents: this.#agents,
      frameworks: this.#frameworks,
      competition: this.#competition,
      quotas: this.#quotas,
      ledgers: this.#ledgers,
      wholeMs: this.#wholeMs,
      isQuiet: (agent: Agent) => this.#isQuiet(agent, nowMs),
    };
    return explainFrom(books, question, this.#options, nowMs);
  }

  /**
   * Gives out what is free of an agent, to roles of some lanes: to those that are guaranteed more than they have, as much as brings
   * them nearer to it; to others by their shares. The sorters hold still while their orders are read.
   */
  #allocateAgent(agent: Agent, lanes: readonly Lane[], offering: Offering, nowMs: number): void {
    const given: { framework: Framework; resources: Resources }[] = [];
    const isForGuarantees = lanes === guaranteeLanes;
    const rules = { options: this.#options, quotas: this.#quotas, isForGuarantees, nowMs };
    for (const { heldBack, name: role, sorter } of this.#competition.order(lanes)) {
      let hasTaken = false;
      for (const competitor of sorter.order()) {
        if (isForGuarantees && !this.#quotas.isWanting(role)) break;
        const forRole = agent.plain ? agent.available : agent.available.allocatableTo(role);
        if (forRole.isEmpty()) {
          if (!hasTaken && !agent.available.isEmpty()) heldBack.note('RESERVED', agent.id, agent.available, nowMs);
          break;
        }
        const { framework } = competitor;
        const offered = offerable(competitor, role, agent, forRole, rules);
        if (offered === undefined) continue;
        const refusedUntilMs = framework.filters.refusedUntilMs(role, agent.id, offered, nowMs);
        if (refusedUntilMs !== undefined) {
          competitor.heldBack.note('REFUSED', agent.id, offered, nowMs);
          agent.quietUntilMs = Math.min(agent.quietUntilMs, refusedUntilMs);
          continue;
        }
        hasTaken = true;
        const resources = offered.allocate(role);
        this.#hold(framework, agent, resources);
        this.#setAvailable(agent, agent.available.subtract(offered));
        given.push({ framework, resources });
        offering.add(framework.id, { role, agentId: agent.id, incarnation: agent.incarnation, resources });
      }
      if (agent.available.isEmpty()) break;
    }
    for (const { framework, resources } of given) this.#charge(framework, resources);
    this.#moveRoles();
  }

  #isQuiet(agent: Agent, nowMs: number): boolean {
    return agent.quietVersion === this.#appetite + this.#quotas.loosenings && nowMs < agent.quietUntilMs;
  }

  #addFramework(event: Extract<AllocatorEvent, { type: 'add-framework' }>, nowMs: number): Candidates {
    if (this.#frameworks.has(event.frameworkId)) {
      throw new MasterError('ALLOCATOR_INVARIANT', `Framework ${event.frameworkId} is there already`);
    }
    const framework: Framework = {
      id: event.frameworkId,
      ...describe(event.info),
      active: false,
      suppressed: new Set(event.suppressedRoles),
      excludes: event.excludes ?? excludesNone,
      filters: new OfferFilters(),
      allocated: new Map(),
    };
    this.#frameworks.set(framework.id, framework);
    for (const role of framework.roles) this.#enter(framework, role);
    this.#countMinima(framework, 1);
    this.#noteOf(framework, framework.suppressed, 'SUPPRESSED', nowMs);
    return 'none';
  }

  #removeFramework(framework: Framework): Candidates {
    this.#ledgers.keepFramework(
      framework.id,
      (role) => this.#competition.competitor(framework.id, role)?.heldBack,
      framework.roles,
    );
    for (const [agentId, resources] of framework.allocated) this.#untrack(framework, this.#agent(agentId), resources);
    for (const role of framework.roles) this.#leave(framework, role);
    this.#countMinima(framework, -1);
    this.#frameworks.delete(framework.id);
    this.#refusing.delete(framework);
    return 'none';
  }

  #activateFramework(framework: Framework): Candidates {
    framework.active = true;
    this.#appetite++;
    for (const role of framework.roles) this.#list(framework, role);
    return 'all';
  }

  #deactivateFramework(framework: Framework, nowMs: number): Candidates {
    if (framework.active) this.#noteOf(framework, framework.roles, 'FRAMEWORK_INACTIVE', nowMs);
    framework.active = false;
    for (const role of framework.roles) this.#list(framework, role);
    // What it refused was refused by the scheduler that is gone.
    framework.filters.clear();
    this.#refusing.delete(framework);
    return 'none';
  }

  #updateFramework(
    framework: Framework,
    { excludes = excludesNone, info, suppressedRoles }: Extract<AllocatorEvent, { type: 'update-framework' }>,
    nowMs: number,
  ): Candidates {
    const before = framework.roles;
    const revived = [...framework.suppressed].filter((role) => !suppressedRoles.includes(role));
    const suppressed = suppressedRoles.filter((role) => !framework.suppressed.has(role));
    this.#countMinima(framework, -1);
    Object.assign(framework, describe(info));
    this.#countMinima(framework, 1);
    framework.excludes = excludes;
    this.#appetite++;
    for (const role of framework.roles) if (!before.has(role)) this.#enter(framework, role);
    framework.suppressed.clear();
    for (const role of suppressedRoles) framework.suppressed.add(role);
    for (const role of revived) framework.filters.clearRole(role);
    for (const role of framework.roles) this.#list(framework, role);
    for (const role of before) {
      if (framework.roles.has(role)) continue;
      framework.filters.clearRole(role);
      this.#list(framework, role);
      this.#leave(framework, role);
    }
    this.#noteOf(framework, suppressed, 'SUPPRESSED', nowMs);
    return framework.active ? 'all' : 'none';
  }

  #addAgent(added: AllocatorAgent): Candidates {
    if (this.#agents.has(added.agentId)) {
      throw new MasterError('ALLOCATOR_INVARIANT', `Agent ${added.agentId} is there already`);
    }
    const agent: Agent = {
      id: added.agentId,
      incarnation: added.incarnation,
      capabilities: added.capabilities,
      traits: added.traits ?? withoutTraits,
      total: added.total,
      available: added.total,
      holders: new Set(),
      active: true,
      plain: isPlain(added.total),
      hasGpus: added.total.gpus > 0,
      quietUntilMs: 0,
      quietVersion: 0,
      lookedMs: -Infinity,
    };
    this.#agents.set(agent.id, agent);
    this.#competition.cluster.add(agent.total.scalarQuantities);
    this.#quotas.addFree(quotaQuantities(agent.available), 1);
    this.#countReservations(agent, 1);
    for (const [frameworkId, resources] of added.used) {
      const framework = this.#framework(frameworkId);
      this.#hold(framework, agent, resources);
      this.#charge(framework, resources);
    }
    const used = [...added.used.values()].reduce((sum, each) => sum.add(each.unallocate()), Resources.empty);
    this.#setAvailable(agent, agent.available.subtract(used));
    this.#moveRoles();
    this.#quotas.loosened();
    if (this.#awaited === undefined || this.#agents.size < this.#awaited) return { agentId: agent.id };
    this.#awaited = undefined;
    return 'all';
  }

  #removeAgent(agent: Agent): Candidates {
    for (const framework of agent.holders) {
      const allocated = framework.allocated.get(agent.id);
      if (allocated !== undefined) this.#untrack(framework, agent, allocated);
    }
    for (const { filters } of this.#refusing) filters.clearAgent(agent.id);
    this.#setActive(agent, false);
    this.#countReservations(agent, -1);
    this.#competition.cluster.subtract(agent.total.scalarQuantities);
    this.#agents.delete(agent.id);
    return 'none';
  }

  #updateAgent(
    agent: Agent,
    { capabilities, total, traits = withoutTraits }: Extract<AllocatorEvent, { type: 'update-agent' }>,
  ): Candidates {
    agent.capabilities = capabilities;
    agent.traits = traits;
    agent.quietUntilMs = 0;
    if (!agent.total.equals(total)) {
      const { active } = agent;
      this.#setActive(agent, false);
      this.#countReservations(agent, -1);
      this.#competition.cluster.subtract(agent.total.scalarQuantities);
      this.#competition.cluster.add(total.scalarQuantities);
      agent.total = total;
      agent.plain = isPlain(total);
      agent.hasGpus = total.gpus > 0;
      // What was refused of a smaller agent may be welcome of a larger one.
      for (const { filters } of this.#refusing) filters.clearAgent(agent.id);
      let allocated = Resources.empty;
      for (const framework of agent.holders) {
        allocated = allocated.add((framework.allocated.get(agent.id) ?? Resources.empty).unallocate());
      }
      agent.available = total.subtract(allocated);
      this.#countReservations(agent, 1);
      this.#setActive(agent, active);
      this.#quotas.loosened();
    }
    return { agentId: agent.id };
  }

  #recover(
    frameworkId: string,
    agentId: string,
    resources: Resources,
    filters: Filters | undefined,
    nowMs: number,
  ): Candidates {
    const framework = this.#frameworks.get(frameworkId);
    const agent = this.#agents.get(agentId);
    // What a removed framework or agent had was recovered when it was removed.
    if (framework === undefined || agent === undefined || resources.isEmpty()) return 'none';
    this.#untrack(framework, agent, resources);
    const lastingMs = filters === undefined ? 0 : refusalMs(filters, this.#options.allocationIntervalMs);
    if (lastingMs > 0) {
      for (const [role, allocation] of resources.allocations()) {
        this.#refusing.add(framework);
        framework.filters.refuse(role, agentId, allocation.unallocate(), nowMs + lastingMs);
      }
    }
    return 'none';
  }

  #suppress(framework: Framework, roles: readonly string[], nowMs: number): Candidates {
    for (const role of roles.length === 0 ? framework.roles : roles) {
      if (!framework.suppressed.has(role)) this.#noteOf(framework, [role], 'SUPPRESSED', nowMs);
      framework.suppressed.add(role);
      this.#list(framework, role);
    }
    return 'none';
  }

  /** Writes down what a framework itself does not want. */
  #noteOf(framework: Framework, roles: Iterable<string>, reason: HeldBackReason, nowMs: number): void {
    for (const role of roles) {
      this.#competition.competitor(framework.id, role)?.heldBack.note(reason, undefined, undefined, nowMs);
    }
  }

  #revive(framework: Framework, roles: readonly string[]): Candidates {
    this.#appetite++;
    for (const role of roles.length === 0 ? framework.roles : roles) {
      framework.suppressed.delete(role);
      framework.filters.clearRole(role);
      this.#list(framework, role);
    }
    return 'all';
  }

  /** Books resources as offered or used. They are still to be taken from what is available. */
  #hold(framework: Framework, agent: Agent, resources: Resources): void {
    for (const [role, allocation] of resources.allocations()) {
      this.#quotas.consume(role, quotaQuantities(allocation));
    }
    setHeld(framework, agent, (framework.allocated.get(agent.id) ?? Resources.empty).add(resources));
  }

  /** Books them in the shares of roles and frameworks. */
  #charge(framework: Framework, resources: Resources): void {
    for (const [role, allocation] of resources.allocations()) {
      this.#enter(framework, role);
      this.#competition.allocated(framework.id, role, allocation.scalarQuantities);
    }
  }

  /** Books resources as free. */
  #untrack(framework: Framework, agent: Agent, resources: Resources): void {
    const allocated = framework.allocated.get(agent.id) ?? Resources.empty;
    if (!allocated.contains(resources)) {
      throw new MasterError(
        'ALLOCATOR_INVARIANT',
        `Framework ${framework.id} has ${allocated.toString()} on agent ${agent.id}, not ${resources.toString()}`,
      );
    }
    const rest = allocated.subtract(resources);
    setHeld(framework, agent, rest);
    this.#setAvailable(agent, agent.available.add(resources.unallocate()));
    agent.quietUntilMs = 0;
    for (const [role, allocation] of resources.allocations()) {
      this.#quotas.release(role, quotaQuantities(allocation));
      this.#competition.unallocated(framework.id, role, allocation.scalarQuantities);
      if (!framework.roles.has(role)) this.#leave(framework, role);
    }
    this.#moveRoles();
  }

  #setAvailable(agent: Agent, available: Resources): void {
    if (agent.active) {
      this.#quotas.addFree(quotaQuantities(available), 1);
      this.#quotas.addFree(quotaQuantities(agent.available), -1);
    }
    agent.available = available;
  }

  #setActive(agent: Agent, active: boolean): void {
    if (agent.active === active) return;
    agent.active = active;
    this.#quotas.addFree(quotaQuantities(agent.available), active ? 1 : -1);
  }

  /** What is reserved counts towards quotas whether it is used or not. */
  #countReservations(agent: Agent, by: 1 | -1): void {
    if (agent.plain) return;
    for (const [role, { scalarQuantities }] of agent.total.reservations()) {
      if (by > 0) this.#quotas.consume(role, scalarQuantities);
      else this.#quotas.release(role, scalarQuantities);
    }
    this.#moveRoles();
  }

  /** Where frameworks take less than is worth an offer to others, limits have to be looked at more closely. */
  #countMinima(framework: Framework, by: 1 | -1): void {
    if (framework.minAllocatable.size === 0) return;
    for (const role of framework.minAllocatable.keys()) this.#quotas.addMinimum(role, by);
    this.#moveRoles();
  }

  /** Has the sorter know which roles have got nearer to, or further from, what their quotas say. */
  #moveRoles(): void {
    for (const [role, lane] of this.#quotas.takeMoved()) this.#competition.setLane(role, lane);
  }

  /** Makes a framework a competitor in a role. */
  #enter(framework: Framework, role: string): void {
    this.#competition.enter(framework, role);
    this.#list(framework, role);
  }

  /** Ends that, unless the framework still holds resources in the role. */
  #leave(framework: Framework, role: string): void {
    for (const resources of framework.allocated.values()) if (resources.allocations().has(role)) return;
    this.#competition.leave(framework.id, role);
  }

  /** Brings up to date whether a framework is offered resources in a role. */
  #list(framework: Framework, role: string): void {
    const wanted = framework.active && framework.roles.has(role) && !framework.suppressed.has(role);
    this.#competition.setWanted(framework.id, role, wanted);
  }

  #agent(id: string): Agent {
    const agent = this.#agents.get(id);
    if (agent === undefined) throw new MasterError('ALLOCATOR_INVARIANT', `There is no agent ${id}`);
    return agent;
  }

  #framework(id: string): Framework {
    const framework = this.#frameworks.get(id);
    if (framework === undefined) throw new MasterError('ALLOCATOR_INVARIANT', `There is no framework ${id}`);
    return framework;
  }
}

function unknownEvent(event: never): never {
  throw new MasterError('ALLOCATOR_INVARIANT', `Unknown event ${JSON.stringify(event)}`);
}
