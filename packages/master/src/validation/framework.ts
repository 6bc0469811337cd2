import {
  formatNumber,
  hasCapability,
  validateId,
  validateRole,
  type FrameworkInfo,
  type SchedulerOfferConstraints,
} from '@mesos-ts/protocol';
import { readOfferConstraints } from '../allocator/offer-constraints.ts';
import { validateScalarValue } from './resources.ts';
import type { RegexLimits } from '../allocator/regex.ts';

/** What decides about frameworks besides their own information. */
export interface FrameworkRules {
  /** The only roles that frameworks may be in; undefined: any. */
  readonly roles: ReadonlySet<string> | undefined;
  readonly rootSubmissions: boolean;
  /** Whether a framework of that id was removed. */
  readonly isCompleted: (frameworkId: string) => boolean;
}

/** The longest time that Mesos can say, in seconds: 64 bits of nanoseconds. */
const durationSecondsMax = 9_223_372_036;

/** Says what is wrong with a framework that wants to subscribe, in Mesos's words, or nothing. */
export function validateFramework(info: FrameworkInfo, rules: FrameworkRules): string | undefined {
  return (
    validateRoles(info) ??
    (info.id === undefined || info.id.value === '' ? undefined : validateId(info.id.value)) ??
    validateOfferFilters(info) ??
    validateFailoverTimeout(info) ??
    validateAgainstMaster(info, rules)
  );
}

function validateRoles(info: FrameworkInfo): string | undefined {
  const roles = info.roles ?? [];
  if (!hasCapability(info, 'MULTI_ROLE')) {
    if (roles.length > 0) {
      return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
    }
    const error = validateRole(info.role ?? '*');
    return error === undefined ? undefined : `'FrameworkInfo.role' is not a valid role: ${error}`;
  }
  if (info.role !== undefined) {
    return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable";
  }
  const repeated = new Set(roles.filter((role, index) => roles.indexOf(role) !== index));
  if (repeated.size > 0) return `'FrameworkInfo.roles' contains duplicate items: { ${[...repeated].join(', ')} }`;
  for (const role of roles) {
    const error = validateRole(role);
    if (error !== undefined) return `'FrameworkInfo.roles' contains invalid role: ${error}`;
  }
  return undefined;
}

function validateOfferFilters(info: FrameworkInfo): string | undefined {
  for (const filters of Object.values(info.offer_filters ?? {})) {
    const minima = filters.min_allocatable_resources?.quantities ?? [];
    for (const { quantities = {} } of minima) {
      const amounts = Object.entries(quantities);
      if (amounts.length === 0) return 'Resource quantities must contain at least one quantity';
      for (const [name, { value }] of amounts) {
        const error = validateScalarValue(value);
        if (error !== undefined) return `Invalid resource quantity for '${name}': ${error}`;
      }
    }
  }
  return undefined;
}

function validateFailoverTimeout(info: FrameworkInfo): string | undefined {
  const seconds = info.failover_timeout ?? 0;
  if (Math.abs(seconds) <= durationSecondsMax) return undefined;
  return `The framework failover_timeout (${formatNumber(seconds)}) is invalid`;
}

function validateAgainstMaster(info: FrameworkInfo, rules: FrameworkRules): string | undefined {
  const roles = hasCapability(info, 'MULTI_ROLE') ? (info.roles ?? []) : [info.role ?? '*'];
  const unknown = roles.filter((role) => rules.roles !== undefined && role !== '*' && !rules.roles.has(role));
  if (unknown.length > 0) return `Roles { ${unknown.toSorted().join(', ')} } are not present in the master's --roles`;
  if (info.user === 'root' && !rules.rootSubmissions) {
    return "User 'root' is not allowed to run frameworks without --root_submissions set";
  }
  if (info.id !== undefined && rules.isCompleted(info.id.value)) return 'Framework has been removed';
  return undefined;
}

/** Says what a framework may not change of itself, or nothing. */
export function validateFrameworkUpdate(before: FrameworkInfo, after: FrameworkInfo): string | undefined {
  if (before.principal !== after.principal) return "Changing framework's principal is not allowed.";
  if (before.user !== after.user) {
    return `Updating 'FrameworkInfo.user' is unsupported; attempted to update from '${before.user}' to '${after.user}'`;
  }
  const [from, to] = [before.checkpoint ?? false, after.checkpoint ?? false];
  if (from === to) return undefined;
  return `Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update from '${from}' to '${to}'`;
}

/** What a subscription asks of the allocator. */
export interface AllocationWishes {
  readonly suppressed_roles?: readonly string[] | undefined;
  readonly offer_constraints?: SchedulerOfferConstraints | undefined;
}

/** Says what of these wishes cannot be met for a framework in these roles, or nothing. */
export function validateWishes(
  roles: ReadonlySet<string>,
  wishes: AllocationWishes,
  regexLimits: RegexLimits,
): string | undefined {
  const foreign = (wishes.suppressed_roles ?? []).filter((role) => !roles.has(role));
  if (foreign.length > 0)
    return `Suppressed roles { ${[...new Set(foreign)].toSorted().join(', ')} } are not contained in the set of roles`;
  const constrained = Object.keys(wishes.offer_constraints?.role_constraints ?? {});
  const other = constrained.find((role) => !roles.has(role));
  if (other !== undefined) {
    // Without the space, as in Mesos.
    return `Offer constraints specify \`role_constraints\` for a role '${other}'not contained in the set of roles`;
  }
  const { error } = readOfferConstraints(wishes.offer_constraints ?? {}, regexLimits);
  return error === undefined ? undefined : `Offer constraints are not valid: ${error}`;
}
