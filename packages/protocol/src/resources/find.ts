// Choosing, out of what there is, the resources that meet a request.
import { common, difference, type Entry } from './entry.ts';
import { identityOf, type Identity } from './identity.ts';

function unreservedIdentity(identity: Identity): Identity {
  const { reservations, ...rest } = identity.template;
  return reservations === undefined || reservations.length === 0 ? identity : identityOf(rest);
}

function roleOf(entry: Entry): string | undefined {
  return entry.identity.template.reservations?.at(-1)?.role;
}

/** The order in which entries serve a target: reserved for its role, unreserved, reserved for another role. */
function preference(entry: Entry, target: Entry): number {
  const role = roleOf(entry);
  if (role === undefined) return 1;
  return role === roleOf(target) ? 0 : 2;
}

interface Candidate {
  readonly entry: Entry;
  readonly index: number;
}

function candidates(pool: readonly (Entry | undefined)[], target: Entry): readonly Candidate[] {
  const result: Candidate[] = [];
  for (const [index, entry] of pool.entries()) {
    if (entry === undefined || (target.role !== undefined && entry.role !== target.role)) continue;
    result.push({ entry, index });
  }
  return result.toSorted((a, b) => preference(a.entry, target) - preference(b.entry, target));
}

/**
 * Parts of the pool that together are each target's amount, or nothing if the pool has not as much.
 * Reservations do not hinder a match; an allocation does if the target has another.
 */
export function findEntries(pool: readonly Entry[], targets: readonly Entry[]): Entry[] | undefined {
  const remaining: (Entry | undefined)[] = [...pool];
  const found: Entry[] = [];
  for (const target of targets) {
    const wanted = unreservedIdentity(target.identity);
    const order = candidates(remaining, target);
    let missing: Entry | undefined = target;
    for (const { entry, index } of order) {
      if (missing === undefined) break;
      if (unreservedIdentity(entry.identity).key !== wanted.key) continue;
      const part = common(entry, missing);
      if (part === undefined) continue;
      found.push(part);
      missing = difference(missing, part);
      remaining[index] = difference(entry, part);
    }
    if (missing !== undefined) return undefined;
  }
  return found;
}
