import { lookup, lookupService } from 'node:dns/promises';
import { hostname as machineName } from 'node:os';
import {
  Runtime,
  WebSocketTransport,
  parseAddress,
  transportOptionsFromEnvironment,
  trustFromEnvironment,
} from '@mesos-ts/libprocess';
import { secureHttp } from './authentication/secure-http.ts';
import type { Environment, Logger } from '@mesos-ts/libprocess';
import type { DaemonSecurity } from './authentication/http-security.ts';
import type { CommonFlags } from './flags.ts';
import type { Opened } from './opened.ts';

/** The flags that say where a daemon serves. */
export type AddressFlags = Pick<CommonFlags, 'advertise_ip' | 'advertise_port' | 'ip' | 'port'>;

/** Options of `startRuntime`. */
export interface StartRuntimeOptions {
  readonly flags: AddressFlags;
  /** The actor that gets requests to paths of no other actor. */
  readonly delegate: string;
  /** @default the runtime's own */
  readonly logger?: Logger | undefined;
  /** Where `LIBPROCESS_*` variables are looked up. @default nowhere */
  readonly env?: Environment | undefined;
  /** Who may come in, from the first request on; what it lacks hinders the start. @default anybody */
  readonly security?: DaemonSecurity | undefined;
}

/**
 * A runtime that serves where the flags say; without an address on all, and reached at the one of the machine's name.
 *
 * `LIBPROCESS_IP`, `LIBPROCESS_ADVERTISE_IP` and `LIBPROCESS_ADVERTISE_PORT` count where there is no such flag, but `LIBPROCESS_PORT`
 * does not: the flag has a default (all as in Mesos). TLS is by `LIBPROCESS_SSL_*`, trust between nodes by `LIBPROCESS_TRUST_*`. Throws
 * `ENVIRONMENT_INVALID`, `TLS_INVALID` and `TRUST_INVALID`, each with the name of the variable or the file.
 */
export async function startRuntime({
  flags,
  delegate,
  logger,
  env = {},
  security,
}: StartRuntimeOptions): Promise<Runtime> {
  const { options, warnings } = transportOptionsFromEnvironment(env);
  const requestClientCert = security?.needsCertificates ?? false;
  if (requestClientCert && options.tls === undefined) {
    throw new Error("The authenticator 'certificate' needs TLS: set LIBPROCESS_SSL_ENABLED=true");
  }
  const { trust, warnings: trustWarnings } = trustFromEnvironment(env);
  for (const warning of [...warnings, ...trustWarnings]) logger?.warn(warning);
  const ip = flags.ip ?? options.ip;
  const advertiseIp = flags.advertise_ip ?? options.advertiseIp ?? (isWildcard(ip) ? await machineIp() : ip);
  const advertisePort = flags.advertise_port ?? options.advertisePort;
  const transport = new WebSocketTransport({
    ...options,
    ...(requestClientCert && options.tls !== undefined ? { tls: { ...options.tls, requestClientCert } } : {}),
    ip: ip ?? '0.0.0.0',
    port: flags.port,
    advertiseIp,
    ...(advertisePort === undefined ? {} : { advertisePort }),
  });
  const optional = { ...(logger === undefined ? {} : { logger }), ...(trust === undefined ? {} : { trust }) };
  const runtime = new Runtime({ transport, delegate, ...optional });
  try {
    if (security !== undefined) secureHttp(runtime, security.http);
  } catch (error) {
    await runtime.close();
    throw error;
  }
  return runtime.start();
}

/**
 * The runtime that a daemon is started in: the given one, which whoever gave it closes, or one of its own. In both nobody gets to the daemon
 * without being asked who he is.
 */
export async function runtimeOf(
  given: Runtime | undefined,
  options: StartRuntimeOptions & { readonly security: DaemonSecurity },
  opened: Opened,
): Promise<Runtime> {
  const { security } = options;
  const runtime = given ?? (await startRuntime(options));
  if (given === undefined) opened.add(() => runtime.close());
  else secureHttp(runtime, security.http);
  for (const warning of security.warnings) runtime.logger.warn(warning);
  return runtime;
}

function isWildcard(ip: string | undefined): ip is '0.0.0.0' | '::' | undefined {
  return ip === undefined || ip === '0.0.0.0' || ip === '::';
}

async function machineIp(): Promise<string> {
  try {
    return (await lookup(machineName(), { family: 4 })).address;
  } catch {
    // A machine whose name nobody knows can at least talk to itself.
    return '127.0.0.1';
  }
}

/**
 * The name under which a daemon is known: the given one, else that of its IP address, else that address itself.
 * @param reverse Finds the name of an IP address; may reject. @default the system's resolver
 */
export async function hostnameOf(
  runtime: Pick<Runtime, 'address' | 'track'>,
  flags: Pick<CommonFlags, 'hostname' | 'hostname_lookup'>,
  reverse: (ip: string) => Promise<string> = nameOf,
): Promise<string> {
  const { ip } = parseAddress(runtime.address);
  if (flags.hostname !== undefined) return flags.hostname;
  if (!flags.hostname_lookup) return ip;
  try {
    return await runtime.track(reverse(ip));
  } catch {
    return ip;
  }
}

async function nameOf(ip: string): Promise<string> {
  return (await lookupService(ip, 0)).hostname;
}
