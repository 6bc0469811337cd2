/** `MasterInfo` as text: what a master leaves with the service that elects. */
import { isIPv4 } from 'node:net';
import { errorText, parseAddress } from '@mesos-ts/libprocess';
import { fromJson, toJson } from '@mesos-ts/protocol';
import type { JsonValue, MasterInfo, Parsed } from '@mesos-ts/protocol';

const message = 'mesos.v1.MasterInfo';

/** JSON as Mesos writes it into ZooKeeper: compact, members in the order of their names. */
export function masterInfoText(info: MasterInfo): string {
  return JSON.stringify(sorted(toJson(message, info)));
}

function sorted(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

// `Array.isArray` does not narrow readonly arrays.
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Reads what `masterInfoText` or Mesos has written, or says what is wrong with it. */
export function parseMasterInfo(text: string): Parsed<MasterInfo> {
  try {
    return { value: fromJson(message, JSON.parse(text)) };
  } catch (error) {
    return { error: errorText(error) };
  }
}

/** Whether two are the same life of the same master. Nobody is the same as nobody. */
export function isSameMaster(one: MasterInfo | undefined, other: MasterInfo | undefined): boolean {
  return one?.id === other?.id && masterAddress(one) === masterAddress(other);
}

/** `ip:port` of a master's actor, by its PID if it tells that. */
export function masterAddress(info: MasterInfo): string;
export function masterAddress(info: MasterInfo | undefined): string | undefined;
export function masterAddress(info: MasterInfo | undefined): string | undefined {
  if (info === undefined) return undefined;
  const { address, ip, pid, port } = info;
  if (pid !== undefined) return pid.slice(pid.lastIndexOf('@') + 1);
  const host = address?.ip ?? address?.hostname;
  if (host !== undefined) return hostPort(host, address?.port ?? port);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(ip);
  return hostPort(bytes.join('.'), port);
}

/** What is known of a master of which only the address is. */
export function masterInfoAt(pid: string): MasterInfo {
  const { ip, port } = parseAddress(pid.slice(pid.lastIndexOf('@') + 1));
  return { id: pid, ip: ipNumber(ip), port, pid, hostname: ip, address: { hostname: ip, ip, port } };
}

/** An IPv4 address as Mesos has it in `MasterInfo.ip`: the four bytes in network order, read as a little-endian number. */
export function ipNumber(ip: string): number {
  if (!isIPv4(ip)) return 0;
  return Buffer.from(ip.split('.').map(Number)).readUInt32LE();
}

/** `host:port`, with brackets where the host has colons. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
