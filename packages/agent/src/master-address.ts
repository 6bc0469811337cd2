/** Where the master is: the value of `--master`, and the address behind a name. */
import { lookup, lookupService } from 'node:dns/promises';
import { isIP } from 'node:net';

import { PID, formatAddress, parseAddress, parseHostPort } from '@mesos-ts/libprocess';
import type { Parsed } from '@mesos-ts/protocol';

import { MASTER_PROCESS_ID } from './constants.ts';
import { AgentError } from './errors.ts';

/** Finds the leading master. */
export interface MasterDetector {
  /** Rejects with `AGENT_MASTER_ADDRESS_INVALID` when it cannot be found now; it may be tried again. */
  detect(): Promise<PID>;
  /** The name of the machine of a master, for people; undefined if it has none. */
  hostname(master: PID): Promise<string | undefined>;
}

/** The parts of `--master`. */
export interface MasterAddress {
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT` or `master@HOST:PORT`. */
export function parseMasterAddress(text: string): Parsed<MasterAddress> {
  if (text.startsWith('zk://')) {
    return { error: `Finding the master through ZooKeeper is not supported yet: Expecting 'HOST:PORT', got '${text}'` };
  }
  if (text.startsWith('file://') || text.startsWith('/')) {
    return { error: `Expecting 'HOST:PORT', got the path '${text}'` };
  }
  const at = text.lastIndexOf('@');
  const id = at < 0 ? MASTER_PROCESS_ID : text.slice(0, at);
  const address = parseHostPort(text.slice(at + 1));
  if (address === undefined || id === '' || address.port === 0) {
    return { error: `Expecting 'HOST:PORT' or 'master@IP:PORT', got '${text}'` };
  }
  return { value: { id, ...address } };
}

/** Looks up a name with the system's resolver. */
export type LookUp = (host: string) => Promise<string>;

const lookUpSystem: LookUp = async (host) => (await lookup(host, { family: 4 })).address;

/** A master at a fixed place. Its name is looked up each time, since a master that comes back may have another address. */
export class StandaloneDetector implements MasterDetector {
  readonly #address: MasterAddress;
  readonly #lookUp: LookUp;

  constructor(address: MasterAddress, lookUp: LookUp = lookUpSystem) {
    this.#address = address;
    this.#lookUp = lookUp;
  }

  async detect(): Promise<PID> {
    const { host, id, port } = this.#address;
    try {
      const ip = isIP(host) === 0 ? await this.#lookUp(host) : host;
      return new PID(id, formatAddress(ip, port));
    } catch (error) {
      throw new AgentError('AGENT_MASTER_ADDRESS_INVALID', `Cannot find the address of master '${host}'`, {
        cause: error,
      });
    }
  }

  async hostname(master: PID): Promise<string | undefined> {
    const { ip, port } = parseAddress(master.address);
    if (isIP(this.#address.host) === 0) return this.#address.host;
    try {
      return (await lookupService(ip, port)).hostname;
    } catch {
      // An address without a name is nothing unusual.
      return undefined;
    }
  }
}
