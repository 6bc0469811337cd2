// The two ways to say that a resource is reserved. The old one has `role` and `reservation` and can tell one reservation;
// the new one has the list `reservations`, each refining the one before. Inside the system only the new one is used.
import type { Resource, Resource_ReservationInfo } from '../generated/mesos-v1.ts';
import { unreservedRole } from '../roles.ts';

function reservationsOf(resource: Resource): Resource_ReservationInfo[] {
  const { reservation, reservations, role = unreservedRole } = resource;
  if (reservations !== undefined && reservations.length > 0) return reservations;
  if (role === unreservedRole) return [];
  return [reservation === undefined ? { type: 'STATIC', role } : { ...reservation, type: 'DYNAMIC', role }];
}

/** A valid resource of either format in the new one: without `role` and `reservation`. The very same object if it is so. */
export function upgradeResource(resource: Resource): Resource {
  if (resource.role === undefined && resource.reservation === undefined) return resource;
  const { reservation: _reservation, reservations: _reservations, role: _role, ...rest } = resource;
  const reservations = reservationsOf(resource);
  return reservations.length === 0 ? rest : { ...rest, reservations };
}

/**
 * A resource of the new format in the old one, for those who do not know the new one: every resource has a `role` there.
 * Nothing if the resource has a refined reservation, which the old format cannot say.
 */
export function downgradeResource(resource: Resource): Resource | undefined {
  const { reservations = [], ...rest } = resource;
  if (reservations.length > 1) return undefined;
  const [only] = reservations;
  if (only === undefined) return { ...rest, role: rest.role ?? unreservedRole };
  const { role = unreservedRole, type, ...reservation } = only;
  return type === 'DYNAMIC' ? { ...rest, role, reservation } : { ...rest, role };
}
