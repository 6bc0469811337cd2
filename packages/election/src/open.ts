import { GroupContender } from './group/contender.ts';
import { GroupDetector } from './group/detector.ts';
import { GroupMembership } from './group/membership.ts';
import { ServiceMemory } from './group/service-memory.ts';
import { masterInfoAt } from './master-info.ts';
import { resolveHost } from './resolve-host.ts';
import { StandaloneDetector } from './standalone.ts';
import type { Disk } from '@mesos-ts/libprocess';
import type { EtcdAddress, StandaloneAddress, ZooKeeperAddress } from './address.ts';
import type { Contender, Detector, Group, Membership, Surroundings } from './interfaces.ts';

/** Mesos's `MASTER_CONTENDER_ZK_SESSION_TIMEOUT` and `MASTER_DETECTOR_ZK_SESSION_TIMEOUT`. */
export const defaultSessionTimeoutMs = 10_000;

/** A service outside that keeps groups. */
export type ServiceAddress = ZooKeeperAddress | EtcdAddress;

/** Options of `openGroup`. */
export interface OpenOptions extends Surroundings {
  /** How long the service may hear nothing of a member before it is out. @default 10 seconds, as Mesos's */
  readonly sessionTimeoutMs?: number | undefined;
  /** Where it is kept how far the service had come, so that one that was wiped is known for that after a restart, too. */
  readonly disk?: Disk | undefined;
}

/** Mesos's `MASTER_INFO_JSON_LABEL`. */
const masterLabel = 'json.info';
/** Where Mesos's masters have the replicas of their log. */
const replicasName = 'log_replicas';

/**
 * Opens a group that a service outside keeps.
 * @param label What stands before the numbers of its nodes; nothing if it is undefined.
 */
export async function openGroup(
  address: ServiceAddress,
  label: string | undefined,
  { clock, disk, logger, random, sessionTimeoutMs = defaultSessionTimeoutMs }: OpenOptions,
): Promise<Group> {
  const memory = disk === undefined ? undefined : new ServiceMemory(disk, logger);
  // Only who uses a service loads what it needs.
  if (address.kind === 'etcd') {
    const { EtcdGroup } = await import('./etcd/group.ts');
    return new EtcdGroup({ address, label, sessionTimeoutMs, memory }, { clock, logger, random });
  }
  const { ZooKeeperGroup } = await import('./zookeeper/group.ts');
  return new ZooKeeperGroup({ address, label, sessionTimeoutMs, memory }, { clock, logger, random });
}

/** How masters take part where a service outside keeps who is there: both by one session, so that they are never of two minds. */
export async function openElection(
  address: ServiceAddress,
  options: OpenOptions,
): Promise<{ readonly contender: Contender; readonly detector: Detector }> {
  const group = await openGroup(address, masterLabel, options);
  const contender = new GroupContender(group);
  return { contender, detector: new GroupDetector(group, options.logger, contender) };
}

/** How anybody follows who leads. Rejects with `ELECTION_NOT_FOUND` when a fixed address is a name that nobody knows. */
export async function openDetector(
  address: ServiceAddress | StandaloneAddress,
  options: OpenOptions,
): Promise<Detector> {
  if (address.kind !== 'standalone') {
    return new GroupDetector(await openGroup(address, masterLabel, options), options.logger);
  }
  return new StandaloneDetector(masterInfoAt(`${address.id}@${await resolveHost(address.master)}`));
}

/** The replicas of the masters' log, of which this is one, as Mesos has them in ZooKeeper: beside the masters, in `log_replicas`. */
export async function openReplicas(address: ServiceAddress, own: string, options: OpenOptions): Promise<Membership> {
  const below =
    address.kind === 'zookeeper'
      ? { ...address, path: `${address.path}/${replicasName}` }
      : { ...address, prefix: `${address.prefix}/${replicasName}` };
  return new GroupMembership(await openGroup(below, undefined, options), own, options.logger);
}
