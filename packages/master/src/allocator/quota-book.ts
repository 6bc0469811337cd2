import { topLevelRole } from '@mesos-ts/protocol';
import { defaultQuota, isDefaultQuota, type Quota } from '../quota.ts';
import { isQuotaResource, quotaQuantities } from './records.ts';
import { Totals } from './totals.ts';
import type { ResourceQuantities, Resources } from '@mesos-ts/protocol';
import type { Lane } from './sorter.ts';

/** A role at the top with all below it, which its quota is for. */
interface Root {
  readonly name: string;
  quota: Quota;
  /** What counts towards the quota: what is reserved, and what of the rest is offered or used, but for revocable resources. */
  readonly consumed: Totals;
  /** How many frameworks have a minimum of their own for their offers in one of the roles. */
  ownMinima: number;
  lane: Lane;
}

/**
 * What quotas have been set, how much of them is consumed, and how much must be kept free for those who are guaranteed more than they
 * have. All sums are kept while things change, so that to ask costs nothing.
 *
 * A quota covers a role at the top and the roles below it. What is kept free, the headroom, is an amount and no resources in
 * particular: the sum of what is missing to guarantees, of everything that is free, unreserved and not revocable on active agents.
 */
export class QuotaBook {
  readonly #minima: readonly ResourceQuantities[];
  readonly #roots = new Map<string, Root>();
  /** What is missing to guarantees, all together. */
  readonly #required = new Totals();
  /** What could be used for that. */
  readonly #free = new Totals();
  readonly #moved = new Map<string, Lane>();
  #set = 0;
  #wanting = 0;
  #ownMinima = 0;
  #loosenings = 0;

  /** @param minima What an offer must hold, all of one of these, to frameworks that ask for nothing else. */
  constructor(minima: readonly ResourceQuantities[]) {
    this.#minima = minima;
  }

  /** Whether there is a quota at all. */
  get isEmpty(): boolean {
    return this.#set === 0;
  }

  /** Whether a role is guaranteed more than it has. */
  get hasWanting(): boolean {
    return this.#wanting > 0;
  }

  /** Grows when something may be offered that had to be held back before. */
  get loosenings(): number {
    return this.#loosenings;
  }

  /** Whether a role is guaranteed more than it has, or one above it. */
  isWanting(role: string): boolean {
    return this.#roots.get(topLevelRole(role))?.lane === 'wanting';
  }

  /** How much more of a resource a role gets before it reaches its limit, in thousandths. */
  left(role: string, name: string): number {
    const root = this.#roots.get(topLevelRole(role));
    const limit = root?.quota.limits.get(name);
    return root === undefined || limit === undefined ? Infinity : Math.max(0, limit - root.consumed.milli(name));
  }

  /** How much of a resource a role is guaranteed and has not, in thousandths. */
  missing(role: string, name: string): number {
    const root = this.#roots.get(topLevelRole(role));
    return root === undefined ? 0 : missingOf(root, name);
  }

  /** How much of a resource can go to roles that are guaranteed none of it, in thousandths. */
  surplus(name: string): number {
    const required = this.#required.milli(name);
    return required === 0 ? Infinity : Math.max(0, this.#free.milli(name) - required);
  }

  /** Whether what need not be kept free is worth no offer to anybody. */
  isSurplusSpent(): boolean {
    return this.#wanting > 0 && this.#ownMinima === 0 && this.#areMinimaBeyond((name) => this.surplus(name));
  }

  /** What of resources a role may be offered: within its limit, and without what must be kept free. */
  allowedOf(role: string, resources: Resources): Resources {
    if (this.#set === 0) return resources;
    if (this.#wanting === 0 && this.#roots.get(topLevelRole(role))?.quota.limits.size === 0) return resources;
    return resources.bounded((name) => Math.min(this.left(role, name), this.surplus(name)), isQuotaResource);
  }

  /**
   * What of resources a role may be offered that is guaranteed more than it has: of what it is guaranteed as much as it misses, even
   * where others are guaranteed that, too; nothing if none of it is among them.
   */
  guaranteedOf(role: string, resources: Resources): Resources | undefined {
    const there = quotaQuantities(resources);
    const offered = resources.bounded((name) => {
      const guaranteed = Math.min(there.milli(name), this.missing(role, name));
      return Math.min(this.left(role, name), guaranteed + this.surplus(name));
    }, isQuotaResource);
    const isOfUse = quotaQuantities(offered)
      .names()
      .some((name) => this.missing(role, name) > 0);
    return isOfUse ? offered : undefined;
  }

  /** What of resources a role may be offered, by what it is guaranteed or else by its share. */
  permittedOf(role: string, resources: Resources): Resources {
    const guaranteed = this.isWanting(role) ? this.guaranteedOf(role, resources) : undefined;
    return guaranteed ?? this.allowedOf(role, resources);
  }

  /** Why a role may not be offered resources that are there: its limit, or else what must be kept free for others. */
  reasonAgainst(role: string, resources: Resources): 'QUOTA_LIMIT' | 'HEADROOM' {
    for (const [name, milli] of quotaQuantities(resources).entries()) {
      const left = this.left(role, name);
      if (left < milli && left <= this.surplus(name)) return 'QUOTA_LIMIT';
    }
    return 'HEADROOM';
  }

  /** The roles at the top that are at their limits, so that most agents are not even looked at for them and the roles below. */
  *shut(): IterableIterator<string> {
    if (this.#set === 0) return;
    for (const { lane, name } of this.#roots.values()) if (lane === 'shut') yield name;
  }

  /** The quotas that were set. */
  *quotas(): IterableIterator<readonly [role: string, quota: Quota]> {
    for (const { name, quota } of this.#roots.values()) if (!isDefaultQuota(quota)) yield [name, quota];
  }

  /** How much of a resource counts towards a role's quota, in thousandths. */
  consumed(role: string, name: string): number {
    return this.#roots.get(topLevelRole(role))?.consumed.milli(name) ?? 0;
  }

  /** How much of a resource is missing to all guarantees together, and how much is free for them, in thousandths. */
  headroom(name: string): { readonly required: number; readonly free: number } {
    return { required: this.#required.milli(name), free: this.#free.milli(name) };
  }

  /** Sets the quota of a role at the top. */
  set(role: string, quota: Quota): void {
    this.#change(role, (root) => {
      this.#set += Number(!isDefaultQuota(quota)) - Number(!isDefaultQuota(root.quota));
      const names = new Set([...root.quota.guarantees.names(), ...quota.guarantees.names()]);
      const before = [...names].map((name) => [name, missingOf(root, name)] as const);
      root.quota = quota;
      for (const [name, missing] of before) this.#required.addMilli(name, missingOf(root, name) - missing);
    });
    this.#loosenings++;
  }

  /** A role has more of what counts towards its quota. */
  consume(role: string, quantities: ResourceQuantities): void {
    this.#consume(role, quantities, 1);
  }

  /** A role has less of it. */
  release(role: string, quantities: ResourceQuantities): void {
    if (this.#consume(role, quantities, -1)) this.loosened();
  }

  /** There is more, or less, that guarantees can be met with. */
  addFree(quantities: ResourceQuantities, sign: 1 | -1): void {
    for (const [name, milli] of quantities.entries()) {
      this.#free.addMilli(name, sign * milli);
      if (sign > 0 && this.#required.milli(name) > 0) this.loosened();
    }
  }

  /** A framework has a minimum of its own for its offers in a role, or no more. */
  addMinimum(role: string, by: 1 | -1): void {
    this.#change(role, (root) => {
      root.ownMinima += by;
      this.#ownMinima += by;
    });
  }

  /** Something may be offered that had to be held back before. */
  loosened(): void {
    if (this.#set > 0) this.#loosenings++;
  }

  /** The roles that have got nearer to, or further from, what their quotas say. What is told is forgotten. */
  takeMoved(): ReadonlyMap<string, Lane> {
    if (this.#moved.size === 0) return none;
    const moved = new Map(this.#moved);
    this.#moved.clear();
    return moved;
  }

  /** Answers whether the role has a quota. */
  #consume(role: string, quantities: ResourceQuantities, sign: 1 | -1): boolean {
    if (quantities.isEmpty()) return false;
    return this.#change(role, (root) => {
      for (const [name, milli] of quantities.entries()) {
        const before = missingOf(root, name);
        root.consumed.addMilli(name, sign * milli);
        this.#required.addMilli(name, missingOf(root, name) - before);
      }
    });
  }

  /** Answers whether the role has a quota. */
  #change(role: string, change: (root: Root) => void): boolean {
    const name = topLevelRole(role);
    let root = this.#roots.get(name);
    if (root === undefined) {
      root = { name, quota: defaultQuota, consumed: new Totals(), ownMinima: 0, lane: 'open' };
      this.#roots.set(name, root);
    }
    change(root);
    const hasQuota = !isDefaultQuota(root.quota);
    const lane = hasQuota ? this.#laneOf(root) : 'open';
    if (lane !== root.lane) {
      this.#wanting += Number(lane === 'wanting') - Number(root.lane === 'wanting');
      root.lane = lane;
      this.#moved.set(name, lane);
    }
    if (!hasQuota && root.ownMinima === 0 && root.consumed.isEmpty()) this.#roots.delete(name);
    return hasQuota;
  }

  #laneOf(root: Root): Lane {
    for (const [name] of root.quota.guarantees.entries()) if (missingOf(root, name) > 0) return 'wanting';
    if (root.quota.limits.size === 0 || root.ownMinima > 0) return 'open';
    return this.#areMinimaBeyond((name) => this.left(root.name, name)) ? 'shut' : 'open';
  }

  /** Whether nothing within bounds is worth an offer. */
  #areMinimaBeyond(boundOf: (name: string) => number): boolean {
    if (this.#minima.length === 0) return false;
    return this.#minima.every((minimum) => {
      for (const [name, milli] of minimum.entries()) if (boundOf(name) < milli) return true;
      return false;
    });
  }
}

const none: ReadonlyMap<string, Lane> = new Map();

function missingOf({ consumed, quota }: Root, name: string): number {
  return Math.max(0, quota.guarantees.milli(name) - consumed.milli(name));
}
