import { MasterError } from '../errors.ts';
import { DrfSorter, type Lane } from './sorter.ts';
import { Totals } from './totals.ts';
import type { ResourceQuantities } from '@mesos-ts/protocol';
import type { FairTurn } from './explain.ts';

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
  readonly #roleSorter: DrfSorter;
  /** For each role those that subscribe to it or hold resources in it. */
  readonly #roles = new Map<string, DrfSorter>();
  #version = 0;

  /** @param excluded Names of resources that do not count towards shares. */
  constructor(excluded: ReadonlySet<string> | undefined) {
    this.#excluded = excluded;
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
  order(lanes: readonly Lane[]): IterableIterator<string> {
    return this.#roleSorter.order(lanes);
  }

  /** The frameworks of a role that want offers, the one that is to be offered more first. */
  frameworksOf(role: string): IterableIterator<string> {
    return this.#role(role).order();
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
  enter(frameworkId: string, role: string): void {
    let sorter = this.#roles.get(role);
    if (sorter === undefined) {
      sorter = this.#sorter();
      this.#roles.set(role, sorter);
      this.#version++;
      this.#roleSorter.add(role);
      this.#roleSorter.activate(role);
    }
    if (!sorter.has(frameworkId)) sorter.add(frameworkId);
  }

  /** Ends that. */
  leave(frameworkId: string, role: string): void {
    const sorter = this.#role(role);
    if (sorter.has(frameworkId)) sorter.remove(frameworkId);
    if (sorter.size > 0) return;
    this.#roles.delete(role);
    this.#version++;
    this.#roleSorter.remove(role);
  }

  /** Whether a framework is to be offered resources in a role from now on. */
  setWanted(frameworkId: string, role: string, wanted: boolean): void {
    const sorter = this.#role(role);
    if (wanted) sorter.activate(frameworkId);
    else sorter.deactivate(frameworkId);
  }

  allocated(frameworkId: string, role: string, quantities: ResourceQuantities): void {
    this.#roleSorter.allocated(role, quantities);
    this.#role(role).allocated(frameworkId, quantities);
  }

  unallocated(frameworkId: string, role: string, quantities: ResourceQuantities): void {
    this.#roleSorter.unallocated(role, quantities);
    this.#role(role).unallocated(frameworkId, quantities);
  }

  /** A role's place among all roles; none while no framework is in it. */
  roleTurn(role: string): FairTurn | undefined {
    return turnOf(this.#roleSorter, role);
  }

  /** A framework's place in a role; none while it wants no offers. */
  frameworkTurn(role: string, frameworkId: string): FairTurn | undefined {
    return turnOf(this.#role(role), frameworkId);
  }

  #sorter(): DrfSorter {
    const excluded = this.#excluded;
    return new DrfSorter({ cluster: this.cluster, ...(excluded === undefined ? {} : { excluded }) });
  }

  #role(name: string): DrfSorter {
    const sorter = this.#roles.get(name);
    if (sorter === undefined) throw new MasterError('ALLOCATOR_INVARIANT', `There is no role ${name}`);
    return sorter;
  }
}

function turnOf(sorter: DrfSorter, client: string): FairTurn | undefined {
  const order = [...sorter.order()];
  const index = order.indexOf(client);
  return index < 0 ? undefined : { place: index + 1, of: order.length, share: sorter.share(client) };
}
