import { canonicalIp, ipVersion } from '../remote/address.ts';
import { ProcessError } from '../errors.ts';
import { tlsFromEnvironment } from '../tls/tls-environment.ts';
import type { Environment } from '../tls/tls-environment.ts';
import type { WebSocketTransportOptions } from './websocket-transport.ts';

/** What an environment says about a transport. */
export interface TransportEnvironment {
  /** Only what the environment has. */
  readonly options: WebSocketTransportOptions;
  /** What an operator should know of the variables. */
  readonly warnings: readonly string[];
}

const portMax = 65_535;

/**
 * Reads Mesos's variables (`docs/configuration/libprocess.md`): `LIBPROCESS_IP`, `LIBPROCESS_PORT`, `LIBPROCESS_ADVERTISE_IP`,
 * `LIBPROCESS_ADVERTISE_PORT`, and those of `tlsFromEnvironment`. The IP addresses may be of version 6 too.
 *
 * @throws `ENVIRONMENT_INVALID` for a value that is no IP address or no port, and as `tlsFromEnvironment` does.
 */
export function transportOptionsFromEnvironment(environment: Environment): TransportEnvironment {
  const { tls, warnings } = tlsFromEnvironment(environment);
  const ip = readIp(environment, 'LIBPROCESS_IP');
  const port = readPort(environment, 'LIBPROCESS_PORT', 0);
  const advertiseIp = readIp(environment, 'LIBPROCESS_ADVERTISE_IP');
  const advertisePort = readPort(environment, 'LIBPROCESS_ADVERTISE_PORT', 1);
  const options = { ip, port, advertiseIp, advertisePort, tls };
  // What is not there must not hide what somebody else says.
  return { options: Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)), warnings };
}

function readIp(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  if (value === undefined) return undefined;
  if (ipVersion(value) === 0) throw invalid(`${name} must be an IP address, got '${value}'`);
  return canonicalIp(value);
}

function readPort(environment: Environment, name: string, min: number): number | undefined {
  const value = environment[name];
  if (value === undefined) return undefined;
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (port >= min && port <= portMax) return port;
  throw invalid(`${name} must be a port, ${min} to ${portMax}, got '${value}'`);
}

function invalid(reason: string): ProcessError {
  return new ProcessError('ENVIRONMENT_INVALID', reason);
}
