import type { Resource } from '@mesos-ts/protocol';
import type { Approvers } from './approvers.ts';

/** Whether somebody may see all roles that a resource is reserved for or allocated to. */
export function mayViewResource(approvers: Approvers, resource: Resource): boolean {
  const { allocation_info, reservations = [], role } = resource;
  const roles = [role === '*' ? undefined : role, ...reservations.map((each) => each.role), allocation_info?.role];
  return roles.every((value) => value === undefined || approvers.approves('VIEW_ROLE', { value }));
}

/** Of what is told by role, the roles that somebody may see. */
export function visibleRoles<T>(byRole: Readonly<Record<string, T>>, approvers: Approvers): Record<string, T> {
  const roles = Object.entries(byRole).filter(([value]) => approvers.approves('VIEW_ROLE', { value }));
  return Object.fromEntries(roles);
}
