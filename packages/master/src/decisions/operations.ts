// Operations on resources: this master performs none yet, so whatever a framework asks about is unknown.
import { nameOf } from './turn.ts';
import type {
  OperationStatus,
  SchedulerCall_AcknowledgeOperationStatus,
  SchedulerCall_ReconcileOperations,
  SchedulerCall_ReconcileOperations_Operation,
} from '@mesos-ts/protocol';
import type { FrameworkRecord } from '../state/framework.ts';
import type { Turn } from './turn.ts';

/** RECONCILE_OPERATIONS: tells a scheduler what is known of the operations it asks for; asked for all, nothing, since there are none. */
export function reconcileOperations(
  turn: Turn,
  framework: FrameworkRecord,
  { operations = [] }: SchedulerCall_ReconcileOperations,
): void {
  turn.count('messages_reconcile_operations');
  turn.info(`Reconciling ${operations.length === 0 ? 'all' : operations.length} operations of ${nameOf(framework)}`);
  for (const operation of operations) {
    turn.event(framework, {
      type: 'UPDATE_OPERATION_STATUS',
      update_operation_status: { status: unknownOperation(turn, operation) },
    });
  }
}

/** These updates are not acknowledged, so they have no uuid. */
function unknownOperation(turn: Turn, asked: SchedulerCall_ReconcileOperations_Operation): OperationStatus {
  const { agent_id, operation_id, resource_provider_id } = asked;
  const known = {
    operation_id,
    ...(agent_id === undefined ? {} : { agent_id }),
    ...(resource_provider_id === undefined ? {} : { resource_provider_id }),
  };
  const { agents, goneAgents, recoveredAgents, unreachableAgents } = turn.cluster;
  if (agent_id === undefined) {
    const message = "Reconciliation: Operation is unknown and no 'agent_id' was provided";
    return { ...known, state: 'OPERATION_UNKNOWN', message };
  }
  if (recoveredAgents.has(agent_id.value)) {
    const message = 'Reconciliation: Agent is recovered but has not re-registered';
    return { ...known, state: 'OPERATION_RECOVERING', message };
  }
  if (agents.has(agent_id.value)) {
    return { ...known, state: 'OPERATION_UNKNOWN', message: 'Reconciliation: Operation is unknown' };
  }
  if (unreachableAgents.get(agent_id.value) !== undefined) {
    return { ...known, state: 'OPERATION_UNREACHABLE', message: 'Reconciliation: Agent is unreachable' };
  }
  if (goneAgents.has(agent_id.value)) {
    return { ...known, state: 'OPERATION_GONE_BY_OPERATOR', message: 'Reconciliation: Agent marked gone by operator' };
  }
  return { ...known, state: 'OPERATION_UNKNOWN', message: 'Reconciliation: Both operation and agent are unknown' };
}

/** ACKNOWLEDGE_OPERATION_STATUS, of a status that this master cannot have sent. */
export function acknowledgeOperation(
  turn: Turn,
  framework: FrameworkRecord,
  { operation_id }: SchedulerCall_AcknowledgeOperationStatus,
): string {
  turn.count('messages_operation_status_update_acknowledgement');
  turn.count('invalid_operation_status_update_acknowledgements');
  return `operation '${operation_id.value}' of ${nameOf(framework)} is unknown`;
}
