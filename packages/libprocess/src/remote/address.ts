import { ProcessError } from '../errors.ts';

/** The parts of a network address `ip:port`, IPv6 in brackets: `[::1]:5050`. */
export interface Address {
  readonly ip: string;
  readonly port: number;
}

/** Where a connection can be made to: a host and port, or a path of the file system. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string };

const portMax = 65_535;
// What the operating systems take is 108 bytes on Linux and 104 on others, with the zero that ends them.
const unixPathBytesMax = 103;
const unixPrefix = 'unix:';

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Which version of IP a text is an address of: 4, 6, or 0 for neither. As `isIP` of `node:net`, which web pages do not have. */
export function ipVersion(text: string): 4 | 6 | 0 {
  if (ipv4.test(text)) return 4;
  return isIpv6(text) ? 6 : 0;
}

/** RFC 4291, section 2.2, with the zone of RFC 4007: eight groups, a run of them left out at most once, the last two perhaps as IPv4. */
function isIpv6(text: string): boolean {
  const [address = '', zone, ...rest] = text.split('%');
  if (rest.length > 0 || (zone !== undefined && !/^[0-9A-Za-z.:-]+$/.test(zone))) return false;
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const embedded = last.includes('.') && !address.endsWith('::');
  if (embedded && !ipv4.test(last)) return false;
  const hex = embedded ? groups.slice(0, -1) : groups;
  const count = hex.length + (embedded ? 2 : 0);
  return hex.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group)) && (halves.length === 2 ? count < 8 : count === 8);
}

/** Reads `host:port`; the host may be a name or an IP. Answers undefined for anything else. */
export function parseHostPort(text: string): { host: string; port: number } | undefined {
  const colon = text.lastIndexOf(':');
  if (colon <= 0) return undefined;
  let host = text.slice(0, colon);
  const digits = text.slice(colon + 1);
  if (!/^\d{1,5}$/.test(digits)) return undefined;
  const port = Number(digits);
  if (port > portMax) return undefined;
  if (host.startsWith('[') && host.endsWith(']')) {
    host = host.slice(1, -1);
    // A zone is of one machine only: it means nothing to the others that an address is told to.
    if (ipVersion(host) !== 6 || host.includes('%')) return undefined;
  } else if (!/^[A-Za-z0-9._-]+$/.test(host)) {
    return undefined;
  }
  return { host, port };
}

/** Reads `ip:port`. Throws `ADDRESS_INVALID` for anything else. */
export function parseAddress(text: string): Address {
  const parsed = parseHostPort(text);
  if (parsed === undefined || ipVersion(parsed.host) === 0) {
    throw new ProcessError('ADDRESS_INVALID', `Expected an address of the form ip:port, got '${text}'`);
  }
  return { ip: parsed.host, port: parsed.port };
}

/** Writes `ip:port`, an IPv6 address in brackets. Each address has one form, so that equal ones are equal texts. */
export function formatAddress(ip: string, port: number): string {
  const canonical = canonicalIp(ip);
  return canonical.includes(':') ? `[${canonical}]:${port}` : `${canonical}:${port}`;
}

/** The address of a runtime that is reached at a path of the file system. */
export function formatUnixAddress(path: string): string {
  return unixPrefix + path;
}

/** Reads where a connection is to be made to: `host:port`, or `unix:` and an absolute path. Answers undefined for anything else. */
export function parseTarget(text: string): Target | undefined {
  if (!text.startsWith(unixPrefix)) return parseHostPort(text);
  const path = text.slice(unixPrefix.length);
  return unixPathProblem(path) === undefined ? { path } : undefined;
}

/** Why a path cannot be a runtime's address, or undefined. */
export function unixPathProblem(path: string): string | undefined {
  if (!/^\/[^\s@\p{Cc}]*$/u.test(path)) return 'it must be absolute and without blanks and @';
  if (new TextEncoder().encode(path).length > unixPathBytesMax) return `it has more than ${unixPathBytesMax} bytes`;
  return undefined;
}

/** Reads a runtime's address, `ip:port` or `unix:` and an absolute path, and answers its canonical form. Throws `ADDRESS_INVALID`. */
export function canonicalAddress(text: string): string {
  if (!text.startsWith(unixPrefix)) {
    const { ip, port } = parseAddress(text);
    return formatAddress(ip, port);
  }
  const problem = unixPathProblem(text.slice(unixPrefix.length));
  if (problem === undefined) return text;
  throw new ProcessError('ADDRESS_INVALID', `'${text}' cannot be an address: ${problem}`);
}

/** The one form of each IP address (RFC 5952); one of IPv4 that is written as IPv6, as sockets for both give it, is one of IPv4. */
export function canonicalIp(ip: string): string {
  if (!ip.includes(':')) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  try {
    return new URL(`http://[${ip}]/`).hostname.slice(1, -1);
  } catch {
    // With a zone, as it may be seen of somebody on the same link.
    return ip;
  }
}

/**
 * Whether anybody listens at an address. Those who cannot listen, as a web page, take port 0, which nobody can connect to: they are
 * reached over the connection that they made themselves, or not at all.
 */
export function isDialable(address: string): boolean {
  return !address.endsWith(':0');
}
