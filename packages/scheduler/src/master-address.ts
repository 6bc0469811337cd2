import { parseElectionAddress } from '@mesos-ts/election';
import type { ElectionAddress, HostPort } from '@mesos-ts/election';
import { PID, parseHostPort } from '@mesos-ts/libprocess';
import { masterId } from './constants.ts';
import { SchedulerError } from './errors.ts';

/**
 * Where the master is. Its actor: `host:port`, `master@host:port`, or the PID of a master of this OS process. Over HTTP: `http://host:port`
 * or `https://host:port`, or a list of the addresses of all masters, of which one leads.
 *
 * Where several masters elect one: `zk://host:port,host:port/path` or `etcd://...`, or, when they elect among themselves, `host:port,host:port,host:port`; the leader is
 * found and followed. `file:///path` is a file that holds one of these.
 */
export type MasterAddress = string | PID | readonly string[];

/** How the master is reached: as an actor, or over HTTP at one of these addresses. */
export type Master =
  | { readonly pid: PID; readonly urls?: undefined; readonly elected?: undefined }
  | { readonly pid?: undefined; readonly urls: readonly string[]; readonly elected?: undefined }
  | { readonly pid?: undefined; readonly urls?: undefined; readonly elected: Elected };

/** Who knows which master leads. */
export type Elected = Exclude<ElectionAddress, { readonly kind: 'standalone' }>;

/** Reads where the master is. Throws `SCHEDULER_MASTER_INVALID`. */
export function masterOf(master: MasterAddress): Master {
  if (master instanceof PID) return { pid: master };
  const urls = typeof master === 'string' ? master.split(',') : master;
  if (typeof master === 'string' && !isHttp(master)) {
    return isElected(master) ? electedMaster(master) : { pid: masterPid(master) };
  }
  const isWrong = (url: string): boolean => !isHttp(url) || !URL.canParse(url);
  if (urls.length === 0 || urls.some(isWrong)) {
    // The address may hold a secret, so it is not repeated.
    throw new SchedulerError(
      'SCHEDULER_MASTER_INVALID',
      'Expected masters over HTTP to be of the form http://host:port',
    );
  }
  return { urls };
}

function isElected(text: string): boolean {
  return /^(?:zk|etcd|file):/.test(text) || text.includes(',');
}

function electedMaster(text: string): Master {
  const { error, value } = parseElectionAddress(text);
  if (error !== undefined) throw new SchedulerError('SCHEDULER_MASTER_INVALID', error);
  if (value.kind !== 'standalone') return { elected: value };
  return { pid: masterPid(`${value.id}@${hostPort(value.master)}`) };
}

/** `host:port`, with brackets where the host has colons. */
export function hostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function isHttp(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

function masterPid(master: string): PID {
  const text = master.includes('@') ? master : `${masterId}@${master}`;
  const address = parseHostPort(text.slice(text.lastIndexOf('@') + 1));
  if (address === undefined || address.port === 0) {
    throw new SchedulerError('SCHEDULER_MASTER_INVALID', `Expected a master of the form host:port, got '${master}'`);
  }
  return PID.parse(text);
}
