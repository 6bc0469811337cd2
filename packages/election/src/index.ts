/**
 * Which master leads, and who else is there.
 *
 * @module
 */
export { parseElectionAddress, parseMasters, withoutSecret } from './address.ts';
export { defaultLeaseMs, openBuiltInDetector, openBuiltInElection } from './built-in/open.ts';
export { ElectionError } from './errors.ts';
export { GroupContender } from './group/contender.ts';
export { GroupDetector } from './group/detector.ts';
export { GroupMembership } from './group/membership.ts';
export { ipNumber, isSameMaster, masterAddress, masterInfoAt, masterInfoText, parseMasterInfo } from './master-info.ts';
export { defaultSessionTimeoutMs, openDetector, openElection, openGroup, openReplicas } from './open.ts';
export { resolveHost } from './resolve-host.ts';
export { StandaloneContender, StandaloneDetector } from './standalone.ts';

export type {
  BuiltInAddress,
  ElectionAddress,
  EtcdAddress,
  HostPort,
  StandaloneAddress,
  ZooKeeperAddress,
} from './address.ts';
export type { ElectionErrorCode } from './errors.ts';
export type {
  Candidacy,
  Contender,
  DetectOptions,
  Detector,
  Group,
  GroupMember,
  Membership,
  Surroundings,
} from './interfaces.ts';
export type { OpenOptions, ServiceAddress } from './open.ts';
export type { BuiltInElectionOptions } from './built-in/open.ts';
