import type { Resource } from '@mesos-ts/protocol';
import type { Approvers } from './approvers.ts';

/** Whether somebody may see all roles that a resource is reserved for or allocated to. */
export function mayViewResource(approvers: Approvers, resource: Resource): boolean {
  const { allocation_info, reservations = [], role } = resource;
  const roles = [role === '*' ? undefined : role, ...reservations.map((each) => each.role), allocation_info?.role];
  return roles.every((value) => value === undefined || approvers.approves('VIEW_ROLE', { value }));
}
