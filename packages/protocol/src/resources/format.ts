// Printing resources and values, in the words of Mesos's logs and error texts.
import type {
  Labels,
  Resource,
  Resource_DiskInfo,
  Resource_DiskInfo_Source,
  Resource_ReservationInfo,
  Value_Ranges,
  Value_Scalar,
  Value_Set,
  Volume,
} from '../generated/mesos-v1.ts';
import { unreservedRole } from '../roles.ts';
import { fromMilli, toMilli } from './amounts.ts';

const significantDigits = 6;

/** A number as C++ writes it to a stream, and so in the texts of Mesos: six digits, `1e+12`, `inf`. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [digits = '', exponent = ''] = value.toExponential(significantDigits - 1).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < significantDigits) return String(Number(value.toPrecision(significantDigits)));
  return `${Number(digits)}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** A scalar with at most three decimals. */
export function formatScalar(scalar: Value_Scalar | undefined): string {
  return String(fromMilli(toMilli(scalar?.value ?? 0)));
}

/** `[1-2, 4-5]` */
export function formatRanges(ranges: Value_Ranges | undefined): string {
  return `[${(ranges?.range ?? []).map((range) => `${range.begin}-${range.end}`).join(', ')}]`;
}

/** `{a, b}` */
export function formatSet(set: Value_Set | undefined): string {
  return `{${(set?.item ?? []).join(', ')}}`;
}

function formatLabels(labels: Labels): string {
  const texts = (labels.labels ?? []).map(({ key, value }) => (value === undefined ? key : `${key}: ${value}`));
  return `{${texts.join(', ')}}`;
}

function formatReservation(info: Resource_ReservationInfo): string {
  const parts = [info.type ?? 'UNKNOWN', info.role ?? ''];
  if (info.principal !== undefined) parts.push(info.principal);
  if (info.labels !== undefined) parts.push(formatLabels(info.labels));
  return `(${parts.join(',')})`;
}

function formatSource(source: Resource_DiskInfo_Source): string {
  const { id, mount, path, profile, type, vendor } = source;
  if (id !== undefined || profile !== undefined) return `${type}(${vendor ?? ''},${id ?? ''},${profile ?? ''})`;
  const root = { MOUNT: mount?.root, PATH: path?.root, BLOCK: undefined, RAW: undefined, UNKNOWN: undefined }[type];
  return root === undefined ? type : `${type}:${root}`;
}

function formatVolume(volume: Volume): string {
  if (volume.host_path === undefined) return volume.container_path;
  return `${volume.host_path}:${volume.container_path}:${volume.mode.toLowerCase()}`;
}

function formatDisk(disk: Resource_DiskInfo): string {
  const what = [disk.source && formatSource(disk.source), disk.persistence?.id].filter((text) => text !== undefined);
  return what.join(',') + (disk.volume === undefined ? '' : `:${formatVolume(disk.volume)}`);
}

/** The amount of a resource. */
function formatAmount(resource: Resource): string {
  if (resource.type === 'RANGES') return formatRanges(resource.ranges);
  return resource.type === 'SET' ? formatSet(resource.set) : formatScalar(resource.scalar);
}

/** A resource in the new reservation format as Mesos prints it: `cpus(allocated: *)(reservations: [(STATIC,web)]):1`. */
export function formatResource(resource: Resource): string {
  const { allocation_info: allocation, disk, name, reservations = [], revocable, shared } = resource;
  let text = name;
  if (allocation !== undefined) text += `(allocated: ${allocation.role ?? ''})`;
  if (reservations.length > 0) {
    text += `(reservations: [${reservations.map((info) => formatReservation(info)).join(',')}])`;
  }
  if (disk !== undefined) text += `[${formatDisk(disk)}]`;
  if (revocable !== undefined) text += '{REV}';
  if (shared !== undefined) text += '<SHARED>';
  return `${text}:${formatAmount(resource)}`;
}

/** The roles of a resource that the short syntax of the command line can tell, or nothing if it cannot tell the resource. */
function flagRole(resource: Resource): string | undefined {
  const { allocation_info: allocation, disk, provider_id: provider, reservations = [], revocable, shared } = resource;
  if ([allocation, disk, provider, revocable, shared].some((detail) => detail !== undefined)) return undefined;
  const [only, ...others] = reservations;
  if (only === undefined) return unreservedRole;
  if (others.length > 0 || only.type !== 'STATIC' || only.principal !== undefined || only.labels !== undefined) {
    return undefined;
  }
  return only.role;
}

/** Whether a name or an item of a set has no character that means something in the short syntax. */
function isBare(text: string): boolean {
  return /^[^\s;:,(){}[\]]+$/.test(text);
}

function formatShort(resource: Resource): string | undefined {
  const role = flagRole(resource);
  const { name, set } = resource;
  if (role === undefined || ![name, ...(set?.item ?? [])].every((text) => isBare(text))) return undefined;
  if (role === unreservedRole) return `${name}:${formatAmount(resource).replaceAll(' ', '')}`;
  return isBare(role) ? `${name}(${role}):${formatAmount(resource).replaceAll(' ', '')}` : undefined;
}

/** Resources in the new reservation format as a flag of the command line: the short syntax, or a JSON list. */
export function formatFlag(resources: readonly Resource[]): string {
  const texts = resources.map((resource) => formatShort(resource));
  return texts.includes(undefined) ? JSON.stringify(resources) : texts.join(';');
}
