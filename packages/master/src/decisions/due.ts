import { failoverTimedOut, heartbeat } from './frameworks.ts';
import { pingDue } from './health.ts';
import { inverseOfferTimedOut } from './inverse-offers.ts';
import { offerTimedOut } from './offers.ts';
import { reconcileOn } from './reconciliation.ts';
import { registryGcDue } from './registry.ts';
import { recoveredAgentsTimedOut, reregisterTimedOut } from './unreachable.ts';
import type { Deadline } from './effects.ts';
import type { Turn } from './turn.ts';

/** A deadline is due. */
export function due(turn: Turn, deadline: Deadline): void {
  switch (deadline.type) {
    case 'ping':
      pingDue(turn, deadline.agentId, deadline.incarnation);
      break;
    case 'agent-reregister':
      reregisterTimedOut(turn, deadline.agentId, deadline.incarnation);
      break;
    case 'framework-failover':
      failoverTimedOut(turn, deadline.frameworkId, deadline.subscriptions);
      break;
    case 'reconcile':
      reconcileOn(turn, deadline.frameworkId, deadline.subscriptions);
      break;
    case 'heartbeat':
      heartbeat(turn, deadline.frameworkId, deadline.subscriptions);
      break;
    case 'offer':
      offerTimedOut(turn, deadline.offerId);
      break;
    case 'inverse-offer':
      inverseOfferTimedOut(turn, deadline.offerId);
      break;
    case 'recovered-agents':
      recoveredAgentsTimedOut(turn);
      break;
    case 'allocator-recovery':
      turn.allocator({ type: 'await-no-more' });
      break;
    case 'registry-gc':
      registryGcDue(turn);
      break;
  }
}
