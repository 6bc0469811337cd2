import { MasterError } from '../errors.ts';
import {
  explainAgent,
  incompatibility,
  isWorthwhile,
  minimaOf,
  type FairTurn,
  type RoleExplanation,
} from './explain.ts';
import { OfferFilters, refusalMs } from './filters.ts';
import { excludesNone, withoutTraits } from './offer-constraints.ts';
import { describe, isPlain, newcomerIn, understands, type Agent, type Framework } from './records.ts';
import { DrfSorter } from './sorter.ts';
import { Totals } from './totals.ts';
import { Resources } from '@mesos-ts/protocol';
import type { Filters } from '@mesos-ts/protocol';
import type {
  AllocatedOffer,
  Allocation,
  AllocatorAgent,
  AllocatorEvent,
  AllocatorOptions,
  Candidates,
  Unwanted,
} from './events.ts';

interface Role {
  /** The frameworks that subscribe to the role or hold resources in it, in the order in which they are to be offered more. */
  readonly sorter: DrfSorter;
}

/**
 * Decides which framework is offered which agent's free resources: first a role is chosen by dominant resource fairness among
 * roles, then a framework among those of the role. Reserved resources go to their role only. Pure bookkeeping: time and
 * randomness are arguments, offers are return values, and nothing is ever offered twice before it was recovered.
 */
export class Allocator {
  readonly #options: AllocatorOptions;
  readonly #cluster = new Totals();
  readonly #agents = new Map<string, Agent>();
  readonly #frameworks = new Map<string, Framework>();
  readonly #roles = new Map<string, Role>();
  readonly #roleSorter: DrfSorter;
  #rolesVersion = 0;
  /** Grows when a framework may take what none took before. */
  #appetite = 0;

  constructor(options: AllocatorOptions) {
    this.#options = options;
    this.#roleSorter = this.#sorter();
  }

  /** How many refusals of offers to a role are kept, for metrics. */
  filtersActive(role: string): number {
    let size = 0;
    for (const framework of this.#frameworks.values()) size += framework.filters.size(role);
    return size;
  }

  /** Grows when a role gets its first framework or loses its last one. */
  get rolesVersion(): number {
    return this.#rolesVersion;
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
    return [...this.#frameworks.values()].map(({ excludes, info, roles, suppressed }) => ({
      info,
      suppressedRoles: [...suppressed],
      excludedAgents: Object.fromEntries(
        [...roles].map((role) => [
          role,
          [...this.#agents].filter(([, { traits }]) => excludes(role, traits)).map(([agentId]) => agentId),
        ]),
      ),
    }));
  }

  /** The roles that frameworks are in. */
  roles(): IterableIterator<string> {
    return this.#roles.keys();
  }

  /** The dominant share of a role, for metrics; undefined for one that no framework is in. */
  share(role: string): number | undefined {
    return this.#roles.has(role) ? this.#roleSorter.share(role) : undefined;
  }

  /** How much of a scalar resource the cluster has. */
  total(name: string): number {
    return this.#cluster.milli(name) / 1000;
  }

  /** How much of a scalar resource is offered or used. */
  given(name: string): number {
    return this.#roleSorter.given(name) / 1000;
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
    switch (event.type) {
      case 'add-framework':
        return this.#addFramework(event);
      case 'remove-framework':
        return this.#removeFramework(this.#framework(event.frameworkId));
      case 'activate-framework':
        return this.#activateFramework(this.#framework(event.frameworkId));
      case 'deactivate-framework':
        return this.#deactivateFramework(this.#framework(event.frameworkId));
      case 'update-framework':
        return this.#updateFramework(this.#framework(event.frameworkId), event);
      case 'add-agent':
        return this.#addAgent(event.agent);
      case 'remove-agent':
        return this.#removeAgent(this.#agent(event.agentId));
      case 'activate-agent':
        this.#agent(event.agentId).active = true;
        return { agentId: event.agentId };
      case 'deactivate-agent':
        this.#agent(event.agentId).active = false;
        return 'none';
      case 'update-agent':
        return this.#updateAgent(this.#agent(event.agentId), event);
      case 'recover':
        return this.#recover(event.frameworkId, event.agentId, event.resources, event.filters, nowMs);
      case 'suppress':
        return this.#suppress(this.#framework(event.frameworkId), event.roles);
      case 'revive':
        return this.#revive(this.#framework(event.frameworkId), event.roles);
      case 'update-weight':
        this.#roleSorter.setWeight(event.role, event.weight);
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
    const agents: Agent[] = [];
    for (const id of candidates === 'all' ? this.#agents.keys() : candidates) {
      const agent = this.#agents.get(id);
      if (agent?.active === true && !agent.available.isEmpty() && !this.#isQuiet(agent, nowMs)) agents.push(agent);
    }
    shuffle(agents, random);
    const byFramework = new Map<string, AllocatedOffer[]>();
    for (const agent of agents) {
      const given = this.#allocateAgent(agent, nowMs);
      for (const { framework, offer } of given) {
        this.#track(framework, agent, offer.resources);
        const offers = byFramework.get(framework.id);
        if (offers === undefined) byFramework.set(framework.id, [offer]);
        else offers.push(offer);
      }
    }
    return [...byFramework].map(([frameworkId, offers]) => ({ frameworkId, offers }));
  }

  /**
   * What a framework waits for in each of its roles, agent by agent; nothing for a framework that is not there. Changes nothing.
   * @param wanted What it would launch. Without it, why it is not offered anything.
   * @param nowMs Monotonic time in milliseconds.
   */
  explain(frameworkId: string, wanted: Resources | undefined, nowMs: number): RoleExplanation[] {
    const framework = this.#frameworks.get(frameworkId);
    if (framework === undefined) return [];
    return [...framework.roles].map((role) => ({
      frameworkId,
      role,
      active: framework.active,
      suppressed: framework.suppressed.has(role),
      roleTurn: turnOf(this.#roleSorter, role),
      frameworkTurn: turnOf(this.#role(role).sorter, frameworkId),
      agents: [...this.#agents.values()].map((agent) =>
        explainAgent(framework, role, agent, wanted, this.#options, nowMs),
      ),
    }));
  }

  /**
   * What a framework would wait for if it came to a role, understood everything and was next.
   * @param wanted What it would launch.
   */
  explainNewcomer(role: string, wanted: Resources | undefined): RoleExplanation {
    const newcomer = newcomerIn(role);
    return {
      frameworkId: newcomer.id,
      role,
      active: true,
      suppressed: false,
      roleTurn: undefined,
      frameworkTurn: undefined,
      agents: [...this.#agents.values()].map((agent) => explainAgent(newcomer, role, agent, wanted, this.#options, 0)),
    };
  }

  /** What of an agent goes to whom. Nothing is booked here, so that the sorters hold still while their orders are read. */
  #allocateAgent(agent: Agent, nowMs: number): { framework: Framework; offer: AllocatedOffer }[] {
    const given: { framework: Framework; offer: AllocatedOffer }[] = [];
    let { available } = agent;
    let quietUntilMs = Infinity;
    for (const role of this.#roleSorter.order()) {
      let forRole = agent.plain ? available : available.allocatableTo(role);
      if (forRole.isEmpty()) continue;
      for (const frameworkId of this.#role(role).sorter.order()) {
        const framework = this.#framework(frameworkId);
        const offered = this.#offerable(framework, role, agent, forRole);
        if (offered === undefined) continue;
        const refusedUntilMs = framework.filters.refusedUntilMs(role, agent.id, offered, nowMs);
        if (refusedUntilMs !== undefined) {
          quietUntilMs = Math.min(quietUntilMs, refusedUntilMs);
          continue;
        }
        const resources = offered.allocate(role);
        given.push({ framework, offer: { role, agentId: agent.id, incarnation: agent.incarnation, resources } });
        available = available.subtract(offered);
        forRole = forRole.subtract(offered);
        if (forRole.isEmpty()) break;
      }
      if (available.isEmpty()) break;
    }
    agent.quietUntilMs = quietUntilMs;
    agent.quietVersion = this.#appetite;
    return given;
  }

  #isQuiet(agent: Agent, nowMs: number): boolean {
    return agent.quietVersion === this.#appetite && nowMs < agent.quietUntilMs;
  }

  /** The part of an agent's resources for a role that a framework may be offered. */
  #offerable(framework: Framework, role: string, agent: Agent, resources: Resources): Resources | undefined {
    if (incompatibility(framework, role, agent, this.#options) !== undefined) return undefined;
    const offered = agent.plain ? resources : resources.filter((resource) => understands(framework, resource));
    return isWorthwhile(offered, minimaOf(framework, role, this.#options)) ? offered : undefined;
  }

  #addFramework(event: Extract<AllocatorEvent, { type: 'add-framework' }>): Candidates {
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
    return 'none';
  }

  #removeFramework(framework: Framework): Candidates {
    for (const [agentId, resources] of framework.allocated) this.#untrack(framework, this.#agent(agentId), resources);
    for (const role of framework.roles) this.#leave(framework, role);
    this.#frameworks.delete(framework.id);
    return 'none';
  }

  #activateFramework(framework: Framework): Candidates {
    framework.active = true;
    this.#appetite++;
    for (const role of framework.roles) this.#list(framework, role);
    return 'all';
  }

  #deactivateFramework(framework: Framework): Candidates {
    framework.active = false;
    for (const role of framework.roles) this.#list(framework, role);
    // What it refused was refused by the scheduler that is gone.
    framework.filters.clear();
    return 'none';
  }

  #updateFramework(
    framework: Framework,
    { excludes = excludesNone, info, suppressedRoles }: Extract<AllocatorEvent, { type: 'update-framework' }>,
  ): Candidates {
    const before = framework.roles;
    const revived = [...framework.suppressed].filter((role) => !suppressedRoles.includes(role));
    Object.assign(framework, describe(info));
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
      active: true,
      plain: isPlain(added.total),
      hasGpus: added.total.gpus > 0,
      quietUntilMs: 0,
      quietVersion: 0,
    };
    this.#agents.set(agent.id, agent);
    this.#cluster.add(agent.total.scalarQuantities);
    for (const [frameworkId, resources] of added.used) this.#track(this.#framework(frameworkId), agent, resources);
    return { agentId: agent.id };
  }

  #removeAgent(agent: Agent): Candidates {
    for (const framework of this.#frameworks.values()) {
      const allocated = framework.allocated.get(agent.id);
      if (allocated !== undefined) this.#untrack(framework, agent, allocated);
      framework.filters.clearAgent(agent.id);
    }
    this.#cluster.subtract(agent.total.scalarQuantities);
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
      this.#cluster.subtract(agent.total.scalarQuantities);
      this.#cluster.add(total.scalarQuantities);
      agent.total = total;
      agent.plain = isPlain(total);
      agent.hasGpus = total.gpus > 0;
      let allocated = Resources.empty;
      for (const framework of this.#frameworks.values()) {
        // What was refused of a smaller agent may be welcome of a larger one.
        framework.filters.clearAgent(agent.id);
        allocated = allocated.add((framework.allocated.get(agent.id) ?? Resources.empty).unallocate());
      }
      agent.available = total.subtract(allocated);
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
        framework.filters.refuse(role, agentId, allocation.unallocate(), nowMs + lastingMs);
      }
    }
    return 'none';
  }

  #suppress(framework: Framework, roles: readonly string[]): Candidates {
    for (const role of roles.length === 0 ? framework.roles : roles) {
      framework.suppressed.add(role);
      this.#list(framework, role);
    }
    return 'none';
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

  /** Books resources as offered or used. */
  #track(framework: Framework, agent: Agent, resources: Resources): void {
    for (const [role, allocation] of resources.allocations()) {
      this.#enter(framework, role);
      this.#roleSorter.allocated(role, allocation.scalarQuantities);
      this.#role(role).sorter.allocated(framework.id, allocation.scalarQuantities);
    }
    framework.allocated.set(agent.id, (framework.allocated.get(agent.id) ?? Resources.empty).add(resources));
    agent.available = agent.available.subtract(resources.unallocate());
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
    if (rest.isEmpty()) framework.allocated.delete(agent.id);
    else framework.allocated.set(agent.id, rest);
    agent.available = agent.available.add(resources.unallocate());
    agent.quietUntilMs = 0;
    for (const [role, allocation] of resources.allocations()) {
      this.#roleSorter.unallocated(role, allocation.scalarQuantities);
      this.#role(role).sorter.unallocated(framework.id, allocation.scalarQuantities);
      if (!framework.roles.has(role)) this.#leave(framework, role);
    }
  }

  /** Makes a framework a competitor in a role. */
  #enter(framework: Framework, name: string): void {
    let role = this.#roles.get(name);
    if (role === undefined) {
      role = { sorter: this.#sorter() };
      this.#roles.set(name, role);
      this.#rolesVersion++;
      this.#roleSorter.add(name);
      this.#roleSorter.activate(name);
    }
    if (!role.sorter.has(framework.id)) role.sorter.add(framework.id);
    this.#list(framework, name);
  }

  /** Ends that, unless the framework still holds resources in the role. */
  #leave(framework: Framework, name: string): void {
    for (const resources of framework.allocated.values()) if (resources.allocations().has(name)) return;
    const { sorter } = this.#role(name);
    if (sorter.has(framework.id)) sorter.remove(framework.id);
    if (sorter.size > 0) return;
    this.#roles.delete(name);
    this.#rolesVersion++;
    this.#roleSorter.remove(name);
  }

  /** Brings up to date whether a framework is offered resources in a role. */
  #list(framework: Framework, name: string): void {
    const { sorter } = this.#role(name);
    const listed = framework.active && framework.roles.has(name) && !framework.suppressed.has(name);
    if (listed) sorter.activate(framework.id);
    else sorter.deactivate(framework.id);
  }

  #sorter(): DrfSorter {
    const { excludedResources } = this.#options;
    return new DrfSorter({
      cluster: this.#cluster,
      ...(excludedResources === undefined ? {} : { excluded: excludedResources }),
    });
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

  #role(name: string): Role {
    const role = this.#roles.get(name);
    if (role === undefined) throw new MasterError('ALLOCATOR_INVARIANT', `There is no role ${name}`);
    return role;
  }
}

function turnOf(sorter: DrfSorter, client: string): FairTurn | undefined {
  const order = [...sorter.order()];
  const index = order.indexOf(client);
  return index < 0 ? undefined : { place: index + 1, of: order.length, share: sorter.share(client) };
}

function shuffle(agents: Agent[], random: () => number): void {
  for (let last = agents.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [left, right] = [agents[last], agents[other]];
    if (left !== undefined && right !== undefined) [agents[last], agents[other]] = [right, left];
  }
}

function unknownEvent(event: never): never {
  throw new MasterError('ALLOCATOR_INVARIANT', `Unknown event ${JSON.stringify(event)}`);
}
