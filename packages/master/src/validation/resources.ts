import {
  ResourceQuantities,
  reservationRole,
  Resources,
  validateId,
  validateResources,
  type Resource,
} from '@mesos-ts/protocol';

/** Says what is wrong with resources that a task or executor asks for, in Mesos's words, or nothing. */
export function validateUse(list: readonly Resource[]): string | undefined {
  const error = validateResources(list);
  if (error !== undefined) return `Invalid resources: ${error}`;
  if (!Number.isInteger(Resources.of(list).gpus)) {
    return "Invalid 'gpus' resource: The 'gpus' resource must be an unsigned integer";
  }
  for (const resource of list) {
    const diskError = validateDisk(resource);
    if (diskError !== undefined) return `Invalid DiskInfo: ${diskError}`;
    if (resource.revocable !== undefined && isDynamicallyReserved(resource)) {
      return (
        'Invalid ReservationInfo: Dynamically reserved resource ' +
        `${resource.name} cannot be created from revocable resources`
      );
    }
  }
  return undefined;
}

function isDynamicallyReserved(resource: Resource): boolean {
  return resource.reservation !== undefined || resource.reservations?.at(-1)?.type === 'DYNAMIC';
}

function validateDisk(resource: Resource): string | undefined {
  const { disk } = resource;
  if (disk === undefined) return undefined;
  const { persistence, source, volume } = disk;
  if (persistence === undefined) {
    if (volume !== undefined) return 'Non-persistent volume not supported';
    return source === undefined ? 'DiskInfo is set but empty' : undefined;
  }
  if (resource.revocable !== undefined) return 'Persistent volumes cannot be created from revocable resources';
  if (reservationRole(resource) === undefined) {
    return 'Persistent volumes cannot be created from unreserved resources';
  }
  if (volume === undefined) return "Expecting 'volume' to be set for persistent volume";
  if (volume.host_path !== undefined) return "Expecting 'host_path' to be unset for persistent volume";
  const error = validateId(persistence.id);
  return error === undefined ? undefined : `Invalid persistence ID for persistent volume: ${error}`;
}

/** Says what is wrong with the persistence ids among resources that are used together, or nothing. */
export function validateUniquePersistenceIds(resources: Resources): string | undefined {
  const seen = new Set<string>();
  for (const volume of resources.persistentVolumes()) {
    const id = volume.disk?.persistence?.id ?? '';
    const key = `${reservationRole(volume) ?? ''} ${id}`;
    if (seen.has(key)) return `Persistence ID '${id}' is not unique`;
    seen.add(key);
  }
  return undefined;
}

/** Says which resource is asked for both as revocable and otherwise, or nothing. */
export function validateNoMixedRevocable(resources: Resources): string | undefined {
  const revocable = resources.revocable();
  const other = resources.nonRevocable();
  const mixed = revocable.names().find((name) => other.has(name));
  if (mixed === undefined) return undefined;
  return `Cannot use both revocable and non-revocable '${mixed}' at the same time`;
}

/** Says why resources are not those of one role, or nothing. */
export function validateSingleRole(list: readonly Resource[]): string | undefined {
  const roles = new Set(list.map((resource) => resource.allocation_info?.role));
  if (roles.has(undefined)) return 'The resources are not allocated to a role';
  if (roles.size <= 1) return undefined;
  const [first, second] = roles;
  return (
    `The resources have multiple allocation roles ('${second}' and '${first}') ` +
    'but only one allocation role is allowed'
  );
}

/** Whether ranges or sets of these resources have anything in common: together they are then less than the sum of the parts. */
export function overlap(parts: readonly Resources[]): boolean {
  let sum = ResourceQuantities.empty;
  let together = Resources.empty;
  for (const part of parts) {
    sum = sum.add(part.quantities);
    together = together.add(part);
  }
  return !sum.equals(together.quantities);
}

/** The smallest number that a double holds with all its digits. */
const smallestNormal = 2 ** -1022;

/** Says why a number is no amount of a resource, in Mesos's words, or nothing. */
export function validateScalarValue(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN not supported';
  if (!Number.isFinite(value)) return 'Infinite values not supported';
  if (value !== 0 && Math.abs(value) < smallestNormal) return 'Subnormal values not supported';
  return value < 0 ? 'Negative values not supported' : undefined;
}
