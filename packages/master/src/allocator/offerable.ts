import { incompatibility, isWorthwhile, minimaOf } from './explain.ts';
import { understands, type Agent, type Competitor } from './records.ts';
import type { Resources } from '@mesos-ts/protocol';
import type { AllocatorOptions } from './events.ts';
import type { HeldBackReason } from './held-back.ts';
import type { QuotaBook } from './quota-book.ts';

/** What decides about offers, at one moment. */
export interface OfferRules {
  readonly options: AllocatorOptions;
  readonly quotas: QuotaBook;
  /** Whether it is about what roles are guaranteed, and not about what all may have. */
  readonly isForGuarantees: boolean;
  /** Monotonic time in milliseconds. */
  readonly nowMs: number;
}

/** The part of an agent's resources for a role that a framework may be offered. Without one, it is written down why. */
export function offerable(
  { framework, heldBack }: Competitor,
  role: string,
  agent: Agent,
  resources: Resources,
  { isForGuarantees, nowMs, options, quotas }: OfferRules,
): Resources | undefined {
  const minima = minimaOf(framework, role, options);
  // What is too little is so for most; it is told soonest.
  if (!isWorthwhile(resources, minima)) {
    heldBack.note('BELOW_MINIMUM', agent.id, resources, nowMs, minima);
    return undefined;
  }
  const incompatible = incompatibility(framework, role, agent, options);
  if (incompatible !== undefined) {
    heldBack.note(incompatible, agent.id, resources, nowMs);
    return undefined;
  }
  const understood = agent.plain ? resources : resources.filter((resource) => understands(framework, resource));
  const offered = isForGuarantees ? quotas.guaranteedOf(role, understood) : quotas.allowedOf(role, understood);
  // What brings a role no nearer to its guarantee may be offered to it all the same, later, by its share.
  if (offered === undefined) return undefined;
  if (offered === resources || isWorthwhile(offered, minima)) return offered;
  let reason: HeldBackReason = 'NOT_UNDERSTOOD';
  if (isWorthwhile(understood, minima)) reason = quotas.reasonAgainst(role, understood);
  heldBack.note(reason, agent.id, reason === 'NOT_UNDERSTOOD' ? resources.subtract(understood) : understood, nowMs);
  return undefined;
}
