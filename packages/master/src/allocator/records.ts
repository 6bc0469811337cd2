/** The allocator's books: what it knows of agents and frameworks. */
import { frameworkRoles, hasCapability, reservationRole, ResourceQuantities, toMilli } from '@mesos-ts/protocol';
import type { AgentInfo_Capability_Type, FrameworkInfo, Resource, Resources } from '@mesos-ts/protocol';
import { OfferFilters } from './filters.ts';
import type { HeldBackLedger } from './held-back.ts';
import type { DrfSorter } from './sorter.ts';
import { excludesNone, type AgentTraits, type OfferConstraintsFilter } from './offer-constraints.ts';

/** An agent in the allocator's books. */
export interface Agent {
  readonly id: string;
  readonly incarnation: number;
  capabilities: ReadonlySet<AgentInfo_Capability_Type>;
  traits: AgentTraits;
  total: Resources;
  /** What is neither offered nor used. */
  available: Resources;
  /** The frameworks that were offered or use some of it. */
  readonly holders: Set<Framework>;
  active: boolean;
  /** Whether everything may go to every role and framework: nothing reserved, shared or revocable. */
  plain: boolean;
  hasGpus: boolean;
  /** Nobody takes what is available before then, unless something changes about the agent or the frameworks. */
  quietUntilMs: number;
  /** The state of the frameworks that this was found in. */
  quietVersion: number;
  /** When it was looked at last. Monotonic, in milliseconds. */
  lookedMs: number;
}

/** A framework in the allocator's books. */
export interface Framework {
  readonly id: string;
  info: FrameworkInfo;
  roles: ReadonlySet<string>;
  multiRole: boolean;
  gpus: boolean;
  revocable: boolean;
  shared: boolean;
  refined: boolean;
  /** What the framework wants offers to have at least, by role; roles that are missing follow the allocator's own minimum. */
  minAllocatable: ReadonlyMap<string, readonly ResourceQuantities[]>;
  active: boolean;
  readonly suppressed: Set<string>;
  /** Which agents it does not want at all. */
  excludes: OfferConstraintsFilter;
  readonly filters: OfferFilters;
  /** What it was offered or uses, by agent, allocated to roles. */
  readonly allocated: Map<string, Resources>;
}

/** A role in the allocator's books: one that frameworks are in, or hold resources in. */
export interface Role {
  readonly name: string;
  /** The frameworks of the role, in the order in which they are to be offered more. */
  readonly sorter: DrfSorter<Competitor>;
  /** The frameworks of the role, by id. */
  readonly competitors: Map<string, Competitor>;
  /** What was held back from the role as such, and from frameworks that have left it. */
  readonly heldBack: HeldBackLedger;
}

/** A framework in a role. */
export interface Competitor {
  readonly framework: Framework;
  /** What was held back from the framework in the role. */
  readonly heldBack: HeldBackLedger;
}

/** What a framework's description means to the allocator. */
export function describe(
  info: FrameworkInfo,
): Pick<Framework, 'info' | 'roles' | 'multiRole' | 'gpus' | 'revocable' | 'shared' | 'refined' | 'minAllocatable'> {
  return {
    info,
    roles: new Set(frameworkRoles(info)),
    multiRole: hasCapability(info, 'MULTI_ROLE'),
    gpus: hasCapability(info, 'GPU_RESOURCES'),
    revocable: hasCapability(info, 'REVOCABLE_RESOURCES'),
    shared: hasCapability(info, 'SHARED_RESOURCES'),
    refined: hasCapability(info, 'RESERVATION_REFINEMENT'),
    minAllocatable: new Map(
      Object.entries(info.offer_filters ?? {}).flatMap(([role, filters]) => {
        const minima = filters.min_allocatable_resources?.quantities;
        return minima === undefined ? [] : [[role, minima.map((minimum) => quantitiesOf(minimum.quantities ?? {}))]];
      }),
    ),
  };
}

/** A framework that is in one role, understands everything and has nothing. */
export function newcomerIn(role: string): Framework {
  return {
    id: '',
    ...describe({ user: '', name: '', roles: [role], capabilities: everything.map((type) => ({ type })) }),
    active: true,
    suppressed: new Set(),
    excludes: excludesNone,
    filters: new OfferFilters(),
    allocated: new Map(),
  };
}

const everything = [
  'GPU_RESOURCES',
  'MULTI_ROLE',
  'RESERVATION_REFINEMENT',
  'REVOCABLE_RESOURCES',
  'SHARED_RESOURCES',
] as const;

function quantitiesOf(record: Readonly<Record<string, { value: number }>>): ResourceQuantities {
  return ResourceQuantities.of(Object.entries(record).map(([name, scalar]) => [name, toMilli(scalar.value)] as const));
}

/** Whether a framework has said that it can deal with resources of this kind. */
export function understands(framework: Framework, resource: Resource): boolean {
  return (
    (framework.shared || resource.shared === undefined) &&
    (framework.revocable || resource.revocable === undefined) &&
    (framework.refined || (resource.reservations ?? []).length <= 1)
  );
}

/** Whether a scalar is of the kind that guarantees and limits are about: neither reserved nor revocable. */
export function isQuotaResource(resource: Resource): boolean {
  return reservationRole(resource) === undefined && resource.revocable === undefined;
}

/** How much of the kind that guarantees and limits are about there is. */
export function quotaQuantities(resources: Resources): ResourceQuantities {
  return resources.unreserved().nonRevocable().scalarQuantities;
}

/** Whether everything may go to every role and framework: nothing reserved, shared or revocable. */
export function isPlain(resources: Resources): boolean {
  return resources
    .toArray()
    .every(
      (resource) =>
        (resource.reservations ?? []).length === 0 && resource.shared === undefined && resource.revocable === undefined,
    );
}

/** Notes what a framework has of an agent. */
export function setHeld(framework: Framework, agent: Agent, resources: Resources): void {
  if (resources.isEmpty()) {
    framework.allocated.delete(agent.id);
    agent.holders.delete(framework);
  } else {
    framework.allocated.set(agent.id, resources);
    agent.holders.add(framework);
  }
}
