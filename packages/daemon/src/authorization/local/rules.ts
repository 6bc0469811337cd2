import type { Acl, Entity } from './acls.ts';

/** What one principal may do to which objects, as one list of rules has it. */
export interface Rules {
  /** @param object Undefined for any. */
  readonly allows: (object: string | undefined) => boolean;
}

interface Verdict {
  /** The place of its rule: the first one that is about an object counts. */
  readonly place: number;
  readonly isAllowed: boolean;
}

interface Below extends Verdict {
  /** What every role below has in front, with the slash. */
  readonly prefix: string;
}

/** How objects below others are written. */
const belowSuffix = '/%';

/**
 * Prepares rules for one principal. The first rule counts that is about the principal and the object, and what it says of both: ANY and
 * NONE are about everything, a list of names about these. A principal whom nobody knows, and any object, are about none of the names.
 * @param principal Undefined for a client whom nobody has asked who it is.
 * @param isRoles Whether `a/%` stands for everything below `a`, but not for `a` itself.
 * @param permissive What holds where no rule counts.
 */
export function rulesFor(
  acls: readonly Acl[],
  principal: string | undefined,
  { isRoles, permissive }: { readonly isRoles: boolean; readonly permissive: boolean },
): Rules {
  const named = new Map<string, Verdict>();
  const below: Below[] = [];
  let rest: Verdict = { place: acls.length, isAllowed: permissive };
  for (const [place, { objects, principals }] of acls.entries()) {
    if (!isAbout(principals, principal)) continue;
    const isAllowed = principals.type !== 'NONE';
    if (objects.type !== 'SOME') {
      // Nothing that comes later can count.
      rest = { place, isAllowed: isAllowed && objects.type === 'ANY' };
      break;
    }
    for (const name of objects.values) {
      if (isRoles && name.endsWith(belowSuffix)) below.push({ prefix: name.slice(0, -1), place, isAllowed });
      else if (!named.has(name)) named.set(name, { place, isAllowed });
    }
  }
  return {
    allows: (object) => {
      if (object === undefined) return rest.isAllowed;
      const exact = named.get(object) ?? rest;
      const first = below.find(({ prefix }) => object.startsWith(prefix));
      return (first !== undefined && first.place < exact.place ? first : exact).isAllowed;
    },
  };
}

function isAbout(principals: Entity, principal: string | undefined): boolean {
  if (principals.type !== 'SOME') return true;
  return principal !== undefined && principals.values.includes(principal);
}
