import { isIP } from 'node:net';
import { ProcessError } from '../errors.ts';

/** The parts of a network address `ip:port`, IPv6 in brackets: `[::1]:5050`. */
export interface Address {
  readonly ip: string;
  readonly port: number;
}

const portMax = 65_535;

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
    if (isIP(host) !== 6) return undefined;
  } else if (!/^[A-Za-z0-9._-]+$/.test(host)) {
    return undefined;
  }
  return { host, port };
}

/** Reads `ip:port`. Throws `ADDRESS_INVALID` for anything else. */
export function parseAddress(text: string): Address {
  const parsed = parseHostPort(text);
  if (parsed === undefined || isIP(parsed.host) === 0) {
    throw new ProcessError('ADDRESS_INVALID', `Expected an address of the form ip:port, got '${text}'`);
  }
  return { ip: parsed.host, port: parsed.port };
}

/** Writes `ip:port`, an IPv6 address in brackets. */
export function formatAddress(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
