import { DEFAULT_ROLE, type Resource } from '@mesos-ts/protocol';
import { approveAll, type Approvers } from './approvers.ts';

/** The resources that may be seen: those all of whose roles may be, of reservations in either format and of the allocation. */
export function visibleResources(approvers: Approvers, resources: Iterable<Resource>): Resource[] {
  if (approvers === approveAll) return [...resources];
  const sees = (role: string): boolean => approvers.approves('VIEW_ROLE', { value: role });
  return [...resources].filter(
    ({ allocation_info, reservations = [], role = DEFAULT_ROLE }) =>
      (role === DEFAULT_ROLE || sees(role)) &&
      reservations.every((reservation) => sees(reservation.role ?? DEFAULT_ROLE)) &&
      (allocation_info?.role === undefined || sees(allocation_info.role)),
  );
}
