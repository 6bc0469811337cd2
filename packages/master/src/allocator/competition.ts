import { MasterError } from '../errors.ts';
import { DrfSorter, type Lane } from './sorter.ts';
import { Totals } from './totals.ts';
import type { ResourceQuantities } from '@mesos-ts/protocol';
import type { FairTurn } from './explain.ts';
import type { Ledgers } from './ledgers.ts';
import type { Competitor, Framework, Role } from './records.ts';

/** Roles that are guaranteed more than they have. */
export const guaranteeLanes: readonly Lane[] = ['wanting'];

/** Roles that may get what is neither reserved nor revocable. */
export const plainLanes: readonly Lane[] = ['wanting', 'open'];

/** All roles. */
export const allLanes: readonly Lane[] = ['wanting', 'open', 'shut'];

/** Who competes for resources: roles with each other, and within each the frameworks in it. */
export class Competition {
  /** What the whole cluster has. */
  readonly cluster = new Totals();
  readonly #excluded: ReadonlySet<string> | undefined;
  readonly #ledgers: Ledgers;
  readonly #roleSorter: DrfSorter<Role>;
  /** For each role those that subscribe to it or hold resources in it. */
  readonly #roles = new Map<string, Role>();
  #version = 0;

  /**
   * @param excluded Names of resources that do not count towards shares.
   * @param ledgers What was held back from those who compete.
   */
  constructor(excluded: ReadonlySet<string> | undefined, ledgers: Ledgers) {
    this.#excluded = excluded;
    this.#ledgers = ledgers;
    this.#roleSorter = this.#sorter();
  }

  /** Grows when a role gets its first framework or loses its last one. */
  get version(): number {
    return this.#version;
  }

  /** The roles that frameworks are in. */
  roles(): IterableIterator<string> {
    return this.#roles.keys();
  }

  /** The roles of some lanes at the top, the one that is to be offered more first. */
  order(lanes: readonly Lane[]): IterableIterator<Role> {
    return this.#roleSorter.order(lanes);
  }

  /** A role that frameworks are in. */
  role(name: string): Role | undefined {
    return this.#roles.get(name);
  }

  /** A framework in a role. */
  competitor(frameworkId: string, role: string): Competitor | undefined {
    return this.#roles.get(role)?.competitors.get(frameworkId);
  }

  /** The dominant share of a role; undefined for one that no framework is in. */
  share(role: string): number | undefined {
    return this.#roles.has(role) ? this.#roleSorter.share(role) : undefined;
  }

  /** How much of a resource all together were given, in thousandths. */
  given(name: string): number {
    return this.#roleSorter.given(name);
  }

  /** How much of a resource a role, with those below it, was given, in thousandths. */
  givenTo(role: string, name: string): number {
    return this.#roleSorter.givenTo(role, name);
  }

  setWeight(role: string, weight: number): void {
    this.#roleSorter.setWeight(role, weight);
  }

  /** Says how a role at the top stands to its quota. */
  setLane(role: string, lane: Lane): void {
    this.#roleSorter.setLane(role, lane);
  }

  /** Makes a framework a competitor in a role; it is offered nothing yet. */
  enter(framework: Framework, name: string): void {
    let role = this.#roles.get(name);
    if (role === undefined) {
      role = { name, sorter: this.#sorter(), competitors: new Map(), heldBack: this.#ledgers.role(name) };
      this.#roles.set(name, role);
      this.#version++;
      this.#roleSorter.add(name, role);
      this.#roleSorter.activate(name);
    }
    if (role.competitors.has(framework.id)) return;
    const competitor = { framework, heldBack: this.#ledgers.framework() };
    role.competitors.set(framework.id, competitor);
    role.sorter.add(framework.id, competitor);
  }

  /** Ends that. */
  leave(frameworkId: string, name: string): void {
    const { competitors, heldBack, sorter } = this.#role(name);
    const competitor = competitors.get(frameworkId);
    if (competitor !== undefined) {
      heldBack.absorb(competitor.heldBack);
      competitor.heldBack.clear();
      competitors.delete(frameworkId);
      sorter.remove(frameworkId);
    }
    if (sorter.size > 0) return;
    this.#roles.delete(name);
    this.#version++;
    this.#roleSorter.remove(name);
    this.#ledgers.keepRole(name, heldBack);
  }

  /** Whether a framework is to be offered resources in a role from now on. */
  setWanted(frameworkId: string, role: string, wanted: boolean): void {
    const { sorter } = this.#role(role);
    if (wanted) sorter.activate(frameworkId);
    else sorter.deactivate(frameworkId);
  }

  allocated(frameworkId: string, role: string, quantities: ResourceQuantities): void {
    this.#roleSorter.allocated(role, quantities);
    this.#role(role).sorter.allocated(frameworkId, quantities);
  }

  unallocated(frameworkId: string, role: string, quantities: ResourceQuantities): void {
    this.#roleSorter.unallocated(role, quantities);
    this.#role(role).sorter.unallocated(frameworkId, quantities);
  }

  /** A role's place among all roles; none while no framework is in it. */
  roleTurn(name: string): FairTurn | undefined {
    return turnOf(this.#roleSorter, name, this.#roles.get(name));
  }

  /** A framework's place in a role; none while it wants no offers. */
  frameworkTurn(name: string, frameworkId: string): FairTurn | undefined {
    const role = this.#roles.get(name);
    return role === undefined ? undefined : turnOf(role.sorter, frameworkId, role.competitors.get(frameworkId));
  }

  #sorter<Item>(): DrfSorter<Item> {
    const excluded = this.#excluded;
    return new DrfSorter({ cluster: this.cluster, ...(excluded === undefined ? {} : { excluded }) });
  }

  #role(name: string): Role {
    const role = this.#roles.get(name);
    if (role === undefined) throw new MasterError('ALLOCATOR_INVARIANT', `There is no role ${name}`);
    return role;
  }
}

function turnOf<Item>(sorter: DrfSorter<Item>, client: string, item: Item | undefined): FairTurn | undefined {
  if (item === undefined) return undefined;
  const order = [...sorter.order()];
  const index = order.indexOf(item);
  return index < 0 ? undefined : { place: index + 1, of: order.length, share: sorter.share(client) };
}
