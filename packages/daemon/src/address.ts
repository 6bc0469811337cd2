import { lookup, lookupService } from 'node:dns/promises';
import { hostname as machineName } from 'node:os';
import { Runtime, WebSocketTransport, parseAddress } from '@mesos-ts/libprocess';
import type { Logger } from '@mesos-ts/libprocess';
import type { CommonFlags } from './flags.ts';

/** The flags that say where a daemon serves. */
export type AddressFlags = Pick<CommonFlags, 'advertise_ip' | 'advertise_port' | 'ip' | 'port'>;

/** Options of `startRuntime`. */
export interface StartRuntimeOptions {
  readonly flags: AddressFlags;
  /** The actor that gets requests to paths of no other actor. */
  readonly delegate: string;
  /** @default the runtime's own */
  readonly logger?: Logger | undefined;
}

/** A runtime that serves where the flags say; without an address on all, and reached at the one of the machine's name. */
export async function startRuntime({ flags, delegate, logger }: StartRuntimeOptions): Promise<Runtime> {
  const { advertise_ip: advertiseIp = flags.ip ?? (await machineIp()), advertise_port: advertisePort, port } = flags;
  const transport = new WebSocketTransport({
    ip: flags.ip ?? '0.0.0.0',
    port,
    advertiseIp,
    ...(advertisePort === undefined ? {} : { advertisePort }),
  });
  return new Runtime({ transport, delegate, ...(logger === undefined ? {} : { logger }) }).start();
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
