import { isUuid, type SchedulerCall } from '@mesos-ts/protocol';

/** The field that a call of each type must have, for the types that must have one. */
const requiredField = {
  ACCEPT: 'accept',
  DECLINE: 'decline',
  ACCEPT_INVERSE_OFFERS: 'accept_inverse_offers',
  DECLINE_INVERSE_OFFERS: 'decline_inverse_offers',
  KILL: 'kill',
  SHUTDOWN: 'shutdown',
  ACKNOWLEDGE: 'acknowledge',
  ACKNOWLEDGE_OPERATION_STATUS: 'acknowledge_operation_status',
  RECONCILE: 'reconcile',
  RECONCILE_OPERATIONS: 'reconcile_operations',
  MESSAGE: 'message',
  REQUEST: 'request',
  UPDATE_FRAMEWORK: 'update_framework',
} as const;

/**
 * Says what is wrong with a scheduler's call, in Mesos's words, or nothing.
 * @param principal Who the scheduler has proved to be.
 */
export function validateCall(call: SchedulerCall, principal?: string): string | undefined {
  const { type } = call;
  if (type === undefined) return "Expecting 'type' to be present";
  if (type === 'SUBSCRIBE') {
    if (call.subscribe === undefined) return "Expecting 'subscribe' to be present";
    const info = call.subscribe.framework_info;
    if ((info.id?.value ?? '') !== (call.framework_id?.value ?? '')) {
      return "'framework_id' differs from 'subscribe.framework_info.id'";
    }
    const isOther = principal !== undefined && info.principal !== undefined && info.principal !== principal;
    return isOther ? otherPrincipal(principal, info.principal) : undefined;
  }
  if (call.framework_id === undefined) return "Expecting 'framework_id' to be present";
  if (type === 'TEARDOWN' || type === 'REVIVE' || type === 'SUPPRESS' || type === 'UNKNOWN') return undefined;
  const field = requiredField[type];
  if (call[field] === undefined) return `Expecting '${field}' to be present`;
  const uuid = call.acknowledge?.uuid ?? call.acknowledge_operation_status?.uuid;
  if (uuid !== undefined && !isUuid(uuid)) return 'Not a valid UUID';
  if (type === 'ACKNOWLEDGE_OPERATION_STATUS' && call.acknowledge_operation_status?.agent_id === undefined) {
    return "Expecting 'agent_id' to be present";
  }
  if (type === 'UPDATE_FRAMEWORK' && call.update_framework?.framework_info.id?.value !== call.framework_id.value) {
    return "'framework_id' differs from 'update_framework.framework_info.id'";
  }
  return undefined;
}

/** What is wrong with a call of somebody else than the framework's own principal. */
export function otherPrincipal(principal: string, ofFramework: string | undefined): string {
  return `Authenticated principal '${principal}' does not match principal '${ofFramework ?? ''}' set in \`FrameworkInfo\``;
}
