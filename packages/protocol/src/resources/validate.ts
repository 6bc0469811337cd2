// What makes a resource valid. The rules and the texts are Mesos's.
import type {
  Resource,
  Resource_DiskInfo_Source,
  Resource_ReservationInfo,
  Value_Range,
} from '../generated/mesos-v1.ts';
import { unreservedRole, isStrictSubroleOf, validateRole } from '../roles.ts';
import { scalarMax, toMilli } from './amounts.ts';
import { formatResource } from './format.ts';

function validateScalar(resource: Resource): string | undefined {
  const { ranges, scalar, set } = resource;
  if (scalar === undefined || ranges !== undefined || set !== undefined) return 'Invalid scalar resource';
  // What would be kept as nothing is nothing to ask for.
  if (scalar.value !== 0 && toMilli(scalar.value) <= 0) return 'Invalid scalar resource: value <= 0';
  if (scalar.value <= scalarMax) return undefined;
  return `Invalid scalar resource: value is not a number up to ${scalarMax}`;
}

function validateRanges(resource: Resource): string | undefined {
  const { ranges, scalar, set } = resource;
  if (scalar !== undefined || ranges === undefined || set !== undefined) return 'Invalid ranges resource';
  const list = ranges.range ?? [];
  if (list.some((range) => range.begin > range.end)) return 'Invalid ranges resource: begin > end';
  if (list.some((range) => range.begin < 0 || !Number.isSafeInteger(range.begin) || !Number.isSafeInteger(range.end))) {
    return 'Invalid ranges resource: bounds are not integers within 53 bits';
  }
  return overlaps(list) ? 'Invalid ranges resource: overlapping ranges' : undefined;
}

function overlaps(ranges: readonly Value_Range[]): boolean {
  const sorted = ranges.toSorted((a, b) => a.begin - b.begin);
  return sorted.some((range, i) => i > 0 && range.begin <= (sorted[i - 1]?.end ?? -1));
}

function validateSet(resource: Resource): string | undefined {
  const { ranges, scalar, set } = resource;
  if (scalar !== undefined || ranges !== undefined || set === undefined) return 'Invalid set resource';
  const items = set.item ?? [];
  return new Set(items).size === items.length ? undefined : 'Invalid set resource: duplicated elements';
}

function validateAmount(resource: Resource): string | undefined {
  if (resource.type === 'SCALAR') return validateScalar(resource);
  if (resource.type === 'RANGES') return validateRanges(resource);
  return resource.type === 'SET' ? validateSet(resource) : 'Unsupported resource type';
}

function validateSource(source: Resource_DiskInfo_Source): string | undefined {
  if (source.type === 'UNKNOWN') return `Unsupported 'DiskInfo.Source.Type' in '${JSON.stringify(source)}'`;
  if (source.type !== 'BLOCK' && source.type !== 'RAW') return undefined;
  if (source.mount !== undefined) return `Mount should not be set for ${source.type} disk source`;
  return source.path === undefined ? undefined : `Path should not be set for ${source.type} disk source`;
}

function validateDisk(resource: Resource): string | undefined {
  const { disk, name } = resource;
  if (disk === undefined) return undefined;
  if (name !== 'disk') return `DiskInfo should not be set for ${name} resource`;
  return disk.source === undefined ? undefined : validateSource(disk.source);
}

/** The old format: `role`, and `reservation` for a dynamic reservation. */
function validateRoleAndReservation(resource: Resource): string | undefined {
  const { reservation, role = unreservedRole } = resource;
  const error = validateRole(role);
  if (error !== undefined || reservation === undefined) return error;
  for (const field of ['type', 'role'] as const) {
    if (reservation[field] === undefined) continue;
    return `'Resource.ReservationInfo.${field}' must not be set for the 'Resource.reservation' field`;
  }
  return role === unreservedRole ? 'Invalid reservation: role "*" cannot be dynamically reserved' : undefined;
}

function validateReservation(info: Resource_ReservationInfo): string | undefined {
  const { role, type } = info;
  if (type === undefined) return "Invalid reservation: 'Resource.ReservationInfo.type' field must be set.";
  if (role === undefined) return "Invalid reservation: 'Resource.ReservationInfo.role' field must be set.";
  const error = validateRole(role);
  if (error !== undefined) return error;
  return role === unreservedRole ? 'Invalid reservation: role "*" cannot be reserved' : undefined;
}

function validateRefinement(reservations: readonly Resource_ReservationInfo[]): string | undefined {
  for (const [i, { role = '', type }] of reservations.entries()) {
    const ancestor = reservations[i - 1]?.role;
    if (ancestor === undefined) continue;
    if (type === 'STATIC') return 'Invalid refined reservation: A refined reservation cannot be STATIC';
    if (!isStrictSubroleOf(role, ancestor)) {
      return `Invalid refined reservation: role '${role}' is not a refinement of '${ancestor}'`;
    }
  }
  return undefined;
}

/** Both formats may be used at once for a single reservation, if they say the same. */
function validateAgreement(resource: Resource, only: Resource_ReservationInfo): string | undefined {
  const { reservation, role } = resource;
  if (role !== undefined && role !== only.role) {
    return `Invalid resource format: 'Resource.role' field with '${role}' does not match the role '${only.role ?? ''}' in 'Resource.reservations'`;
  }
  if (only.type === 'STATIC') {
    if (reservation === undefined) return undefined;
    return "Invalid resource format: 'Resource.reservation' must not be set if the single reservation in 'Resource.reservations' is STATIC";
  }
  if (only.type !== 'DYNAMIC') return "Unsupported 'Resource.ReservationInfo.Type'";
  if ((role === undefined) !== (reservation === undefined)) {
    return "Invalid resource format: 'Resource.role' and 'Resource.reservation' must either be both set or both not set if the single reservation in 'Resource.reservations' is DYNAMIC";
  }
  if (reservation === undefined) return undefined;
  if ((reservation.principal ?? '') !== (only.principal ?? '')) {
    return `Invalid resource format: 'Resource.reservation.principal' field with '${reservation.principal ?? ''}' does not match the principal '${only.principal ?? ''}' in 'Resource.reservations'`;
  }
  const [labels, onlyLabels] = [reservation, only].map((info) => JSON.stringify(info.labels?.labels ?? []));
  return labels === onlyLabels
    ? undefined
    : "Invalid resource format: 'Resource.reservation.labels' field does not match the labels in 'Resource.reservations'";
}

function validateReservations(resource: Resource): string | undefined {
  const { reservation, reservations = [], role } = resource;
  const [first, second] = reservations;
  if (first === undefined) return validateRoleAndReservation(resource);
  for (const info of reservations) {
    const error = validateReservation(info);
    if (error !== undefined) return error;
  }
  const error = validateRefinement(reservations);
  if (error !== undefined) return error;
  if (second === undefined) return validateAgreement(resource, first);
  for (const [field, value] of Object.entries({ role, reservation })) {
    if (value === undefined) continue;
    return `Invalid resource format: 'Resource.${field}' must not be set if there is more than one reservation in 'Resource.reservations'`;
  }
  return undefined;
}

function validateShared(resource: Resource): string | undefined {
  if (resource.shared === undefined) return undefined;
  if (resource.name !== 'disk') return `Resource ${resource.name} cannot be shared`;
  return resource.disk?.persistence === undefined ? 'Only persistent volumes can be shared' : undefined;
}

/** Says what is wrong with a resource (of the right type, see `check`), or nothing. */
export function validateResource(resource: Resource): string | undefined {
  if (resource.name === '') return 'Empty resource name';
  return (
    validateAmount(resource) ?? validateDisk(resource) ?? validateReservations(resource) ?? validateShared(resource)
  );
}

/** Says what is wrong with the first invalid resource of a list, or nothing. */
export function validateResources(resources: readonly Resource[]): string | undefined {
  for (const resource of resources) {
    const error = validateResource(resource);
    if (error !== undefined) return `Resource '${formatResource(resource)}' is invalid: ${error}`;
  }
  return undefined;
}
