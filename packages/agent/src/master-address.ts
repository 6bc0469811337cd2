/** Where the master is: the value of `--master`, and the address behind a name. */
import { lookup, lookupService } from 'node:dns/promises';
import { isIP } from 'node:net';

import { masterAddress, openBuiltInDetector, openDetector, parseElectionAddress } from '@mesos-ts/election';
import type { Detector, ElectionAddress } from '@mesos-ts/election';
import { PID, formatAddress, parseAddress, parseHostPort } from '@mesos-ts/libprocess';
import type { ProcessRuntime } from '@mesos-ts/libprocess';
import type { MasterInfo, Parsed } from '@mesos-ts/protocol';

import { masterProcessId } from './constants.ts';
import { AgentError } from './errors.ts';

/** A master that leads. */
export interface LeadingMaster {
  readonly pid: PID;
  /** Of this life of it: another one at the same address has another. */
  readonly id: string;
  readonly hostname: string | undefined;
}

/** Finds the leading master. */
export interface MasterDetector {
  /**
   * Resolves when another master leads than before, or none does. Rejects with what time does not cure. A detector without it knows one place
   * only, at which the master is looked for again and again.
   */
  next?(previous: LeadingMaster | undefined): Promise<LeadingMaster | undefined>;
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

/** Reads `--master`: one master's place, all masters' places, or who knows which of them leads. A file that holds one of these is read. */
export function parseMasters(text: string): Parsed<ElectionAddress> {
  if (/^(?:zk|etcd|file):/.test(text) || text.includes(',')) return parseElectionAddress(text);
  const { error, value } = parseMasterAddress(text);
  if (error !== undefined) return { error };
  const { host, id, port } = value;
  return { value: { kind: 'standalone', id, master: { host, port } } };
}

/** Reads `HOST:PORT` or `master@HOST:PORT`. */
export function parseMasterAddress(text: string): Parsed<MasterAddress> {
  if (text.startsWith('/')) return { error: `Expecting 'HOST:PORT', got the path '${text}'` };
  const at = text.lastIndexOf('@');
  const id = at < 0 ? masterProcessId : text.slice(0, at);
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

/** Masters of which one leads, as their election says. */
export class ElectedDetector implements MasterDetector {
  readonly #detector: Detector;
  #leader: MasterInfo | undefined;

  constructor(detector: Detector) {
    this.#detector = detector;
  }

  async next(previous: LeadingMaster | undefined): Promise<LeadingMaster | undefined> {
    const before = this.#leader?.id === previous?.id ? this.#leader : undefined;
    this.#leader = await this.#detector.detect(before);
    return this.#leader === undefined ? undefined : leading(this.#leader);
  }

  async detect(): Promise<PID> {
    const leader = this.#leader ?? (await this.#detector.detect());
    if (leader !== undefined) return leading(leader).pid;
    throw new AgentError('AGENT_MASTER_ADDRESS_INVALID', 'No master is known to lead');
  }

  hostname(): Promise<string | undefined> {
    return Promise.resolve(this.#leader?.hostname);
  }

  /** Lets go of what it stands on. */
  close(): Promise<void> {
    return this.#detector.close();
  }
}

function leading(info: MasterInfo): LeadingMaster {
  return { pid: new PID(masterProcessId, masterAddress(info)), id: info.id, hostname: info.hostname };
}

/** A detector by `--master`, and how to let go of it. */
export async function openMasterDetector(
  address: ElectionAddress,
  runtime: ProcessRuntime,
  sessionTimeoutMs: number,
): Promise<{ readonly detector: MasterDetector; close(): Promise<void> }> {
  if (address.kind === 'standalone') {
    const { id, master } = address;
    return { detector: new StandaloneDetector({ id, ...master }), close: () => Promise.resolve() };
  }
  const { clock, logger, random } = runtime;
  const elected = new ElectedDetector(
    address.kind === 'built-in'
      ? openBuiltInDetector(runtime, address.masters)
      : await openDetector(address, { clock, logger, random, sessionTimeoutMs }),
  );
  return { detector: elected, close: () => elected.close() };
}
