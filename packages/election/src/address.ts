/** Where the masters are, or who knows it: the values of `--zk`, `--masters` and `--master`. */
import { readFileSync } from 'node:fs';
import { errorText, parseHostPort } from '@mesos-ts/libprocess';
import type { Parsed } from '@mesos-ts/protocol';

/** A host, by name or by IP address, and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** One master, at a fixed place. */
export interface StandaloneAddress {
  readonly kind: 'standalone';
  /** The name of its actor. */
  readonly id: string;
  readonly master: HostPort;
}

/** Masters that elect among themselves. */
export interface BuiltInAddress {
  readonly kind: 'built-in';
  readonly masters: readonly HostPort[];
}

/** A folder in ZooKeeper. */
export interface ZooKeeperAddress {
  readonly kind: 'zookeeper';
  readonly servers: readonly HostPort[];
  /** Begins with a slash, does not end with one, and is longer than that. */
  readonly path: string;
  /** `user:password` of the digest scheme. */
  readonly credentials: string | undefined;
}

/** A prefix of keys in etcd. */
export interface EtcdAddress {
  readonly kind: 'etcd';
  readonly endpoints: readonly HostPort[];
  /** Begins with a slash, does not end with one, and is longer than that. */
  readonly prefix: string;
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
}

/** Where the masters are, or who knows it. */
export type ElectionAddress = StandaloneAddress | BuiltInAddress | ZooKeeperAddress | EtcdAddress;

const defaultMasterPort = 5050;
const zooKeeperPort = 2181;
const etcdPort = 2379;

/**
 * Reads `HOST:PORT`, `HOST`, `master@IP:PORT`, `A:PORT,B:PORT,C:PORT`, `zk://[USER:PASSWORD@]H1:2181,H2:2181/PATH`,
 * `etcd://[USER:PASSWORD@]H1:2379,H2:2379/PREFIX`, or `file:///PATH` of a file that holds one of these (as Mesos's master and agent do).
 * What is wrong is told without secrets.
 * @param readFile Answers what is in a file; may throw.
 */
export function parseElectionAddress(
  text: string,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Parsed<ElectionAddress> {
  const trimmed = text.trim();
  if (!trimmed.startsWith('file://')) return parseDirect(trimmed);
  const path = trimmed.slice('file://'.length);
  try {
    const inside = readFile(path).trim();
    if (inside.startsWith('file://')) return { error: `'${path}' leads to another file` };
    return parseDirect(inside);
  } catch (error) {
    return { error: `Cannot read where the masters are from '${path}': ${errorText(error)}` };
  }
}

function parseDirect(text: string): Parsed<ElectionAddress> {
  if (text.startsWith('zk://')) return parseZooKeeper(text.slice('zk://'.length));
  if (text.startsWith('etcd://')) return parseEtcd(text.slice('etcd://'.length));
  // What stands before an @ may be a secret.
  const shown = text.slice(text.lastIndexOf('@') + 1);
  if (text.includes('://')) return { error: `Expecting HOST:PORT, zk://..., etcd://... or file://..., got '${shown}'` };
  if (text.includes(',')) return parseMasters(text);
  const at = text.lastIndexOf('@');
  const id = at < 0 ? 'master' : text.slice(0, at);
  const master = parseHost(shown, defaultMasterPort);
  if (id === '' || master === undefined) return { error: `Expecting HOST:PORT or master@IP:PORT, got '${shown}'` };
  return { value: { kind: 'standalone', id, master } };
}

/** Reads `A:PORT,B:PORT,C:PORT`. One alone is a list too. */
export function parseMasters(text: string): Parsed<BuiltInAddress> {
  const parsed = parseHosts(text.replaceAll('master@', ''), defaultMasterPort);
  if (parsed.error !== undefined) return parsed;
  return { value: { kind: 'built-in', masters: parsed.value } };
}

/** The same address, for people: with `***` where there is a secret in it. */
export function withoutSecret(text: string): string {
  return text.replace(/^(\s*\w+:\/\/[^:@]*):.*@/s, '$1:***@');
}

interface ServiceParts {
  readonly servers: readonly HostPort[];
  readonly path: string;
  readonly credentials: string | undefined;
}

function parseZooKeeper(text: string): Parsed<ZooKeeperAddress> {
  const parts = parseService(text, zooKeeperPort, 'ZooKeeper');
  if (parts.error !== undefined) return parts;
  const { credentials, path, servers } = parts.value;
  if (path === '') return { error: `Expecting a (chroot) path for ZooKeeper ('/' is not supported)` };
  if (credentials !== undefined && !/^[^:]+:./s.test(credentials)) {
    return { error: 'Expecting the credentials for ZooKeeper to be of the form user:password' };
  }
  return { value: { kind: 'zookeeper', servers, path, credentials } };
}

function parseEtcd(text: string): Parsed<EtcdAddress> {
  const parts = parseService(text, etcdPort, 'etcd');
  if (parts.error !== undefined) return parts;
  const { credentials, path, servers } = parts.value;
  if (path === '') return { error: `Expecting a prefix for etcd ('/' is not supported)` };
  const [, user, password] = credentials === undefined ? [] : (/^([^:]+):(.+)$/s.exec(credentials) ?? []);
  if (credentials !== undefined && (user === undefined || password === undefined)) {
    return { error: 'Expecting the credentials for etcd to be of the form user:password' };
  }
  const who = user === undefined || password === undefined ? undefined : { user, password };
  return { value: { kind: 'etcd', endpoints: servers, prefix: path, credentials: who } };
}

/** As Mesos: the path begins at the first slash after the last `@`, since a password may have both. */
function parseService(text: string, defaultPort: number, service: string): Parsed<ServiceParts> {
  const at = text.lastIndexOf('@');
  const rest = text.slice(at + 1);
  const slash = rest.indexOf('/');
  const hosts = parseHosts(slash < 0 ? rest : rest.slice(0, slash), defaultPort);
  if (hosts.error !== undefined) return { error: `${service}: ${hosts.error}` };
  const path = slash < 0 ? '' : rest.slice(slash).replace(/\/+$/, '');
  if (path.includes('//') || /[\s]|\/\.{1,2}(?:\/|$)/.test(path)) {
    return { error: `'${path}' is no path for ${service}` };
  }
  return { value: { servers: hosts.value, path, credentials: at < 0 ? undefined : text.slice(0, at) } };
}

function parseHosts(text: string, defaultPort: number): Parsed<HostPort[]> {
  const hosts: HostPort[] = [];
  for (const part of text.split(',').map((each) => each.trim())) {
    const host = parseHost(part, defaultPort);
    if (host === undefined) return { error: `Expecting HOST:PORT,HOST:PORT,..., got '${part}'` };
    if (hosts.some((other) => other.host === host.host && other.port === host.port)) {
      return { error: `'${part}' is named twice` };
    }
    hosts.push(host);
  }
  return { value: hosts };
}

function parseHost(text: string, defaultPort: number): HostPort | undefined {
  const isBare = !/:\d+$/.test(text) || /^\[[^\]]*\]$/.test(text);
  const address = parseHostPort(isBare ? `${text}:${defaultPort}` : text);
  if (address === undefined || address.port === 0 || /[\s/]/.test(address.host)) return undefined;
  return address;
}
