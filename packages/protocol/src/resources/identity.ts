// What makes two amounts the same resource: name, type, reservations, disk, revocability, provider. Everything but how
// much there is and which role it is allocated to. Resources of the same identity and allocation add up.
import { toMilli } from './amounts.ts';
import { intervalsOf } from './intervals.ts';
import { itemSetOf } from './item-set.ts';
import type { Labels, Resource, Resource_DiskInfo, Resource_ReservationInfo } from '../generated/mesos-v1.ts';

/** How the amount of a resource is counted. `units` is for what cannot be divided, such as a whole disk or a volume. */
export type AmountKind = 'items' | 'ranges' | 'scalar' | 'units';

/** A resource without an amount and an allocation. */
export interface Identity {
  /** Equal for equal identities. Of what cannot be divided the amount is a part. */
  readonly key: string;
  readonly kind: AmountKind;
  /** The resource itself, in the new reservation format; its amount counts only for the kind `units`. */
  readonly template: Resource;
}

// Joins the parts of a key; validated names have no control characters, and parts made of free text are JSON.
const separator = '\u0000';

function labelsKey(labels: Labels | undefined): readonly string[] | undefined {
  // The order of labels means nothing.
  return labels === undefined
    ? undefined
    : (labels.labels ?? [])
        .map((label) => JSON.stringify([label.key, label.value]))
        .toSorted((a, b) => (a < b ? -1 : 1));
}

function reservationKey(info: Resource_ReservationInfo): unknown {
  return [info.type, info.role, info.principal, labelsKey(info.labels)];
}

/** How a disk is used (`volume`) is not part of what it is. */
function diskKey(disk: Resource_DiskInfo): unknown {
  const { persistence, source } = disk;
  const origin = source && [
    source.type,
    source.path && [source.path.root],
    source.mount && [source.mount.root],
    source.vendor,
    source.id,
    labelsKey(source.metadata),
    source.profile,
  ];
  return [origin, persistence?.id];
}

/** Whole disks and volumes, and whatever is shared: two of them never become one that is twice as large. */
function isIndivisible(resource: Resource): boolean {
  const { disk, shared } = resource;
  if (shared !== undefined || disk?.persistence !== undefined) return true;
  const source = disk?.source;
  if (source === undefined) return false;
  return source.type === 'MOUNT' || source.type === 'BLOCK' || (source.type === 'RAW' && source.id !== undefined);
}

function kindOf(resource: Resource): AmountKind {
  if (isIndivisible(resource)) return 'units';
  if (resource.type === 'RANGES') return 'ranges';
  return resource.type === 'SET' ? 'items' : 'scalar';
}

function isPlain(resource: Resource): boolean {
  return (
    resource.disk === undefined &&
    resource.revocable === undefined &&
    resource.shared === undefined &&
    resource.provider_id === undefined &&
    (resource.reservations === undefined || resource.reservations.length === 0)
  );
}

/** Equal for equal amounts. */
function amountKey(resource: Resource): unknown {
  if (resource.type === 'RANGES') return intervalsOf(resource.ranges?.range ?? []);
  if (resource.type === 'SET') return itemSetOf(resource.set?.item ?? []);
  return toMilli(resource.scalar?.value ?? 0);
}

/** The identity of a resource in the new reservation format. */
export function identityOf(resource: Resource): Identity {
  const { name, type } = resource;
  if (isPlain(resource)) return { key: name + separator + type, kind: kindOf(resource), template: resource };
  const kind = kindOf(resource);
  const details = [
    resource.reservations?.map((info) => reservationKey(info)),
    resource.disk && diskKey(resource.disk),
    resource.revocable !== undefined,
    resource.provider_id?.value,
    resource.shared !== undefined,
    kind === 'units' ? amountKey(resource) : undefined,
  ];
  return { key: name + separator + type + separator + JSON.stringify(details), kind, template: resource };
}
