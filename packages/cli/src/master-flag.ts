import { masterAddress, openDetector, parseElectionAddress } from '@mesos-ts/election';
import type { ServiceAddress } from '@mesos-ts/election';
import { flag } from '@mesos-ts/flags';
import { SystemClock, SystemRandom, errorText, parseHostPort, streamLogger, timeLimit } from '@mesos-ts/libprocess';
import { CliError } from './errors.ts';

const defaultPort = 5050;

/** Where the cluster's masters are, and whether they speak TLS. */
export interface MasterLocation {
  /** `host:port`; of several masters, each. */
  readonly addresses: readonly string[];
  readonly isSecure: boolean;
}

/** What `--master` says: where the masters are, who knows which of them leads, or what is wrong with it. */
export type MasterText =
  | { readonly location: MasterLocation; readonly service?: undefined; readonly error?: undefined }
  | { readonly service: ServiceAddress; readonly location?: undefined; readonly error?: undefined }
  | { readonly error: string; readonly location?: undefined; readonly service?: undefined };

/**
 * Reads where the master is, written `host:port`, `host`, `master@host:port`, `http://host:port` or `https://host:port`; or several of these with
 * commas in between; or who knows which of them leads, `zk://host:port,host:port/path`; or `file:///path` of a file that holds one of these.
 */
export function parseMaster(text: string): MasterText {
  if (!/^(?:zk|etcd|file):/.test(text)) return parseLocation(text);
  const { error, value } = parseElectionAddress(text);
  if (error !== undefined) return { error };
  if (value.kind === 'zookeeper' || value.kind === 'etcd') return { service: value };
  const masters = value.kind === 'standalone' ? [value.master] : value.masters;
  return parseLocation(masters.map(({ host, port }) => inBrackets(host, port)).join(','));
}

function inBrackets(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function parseLocation(text: string): MasterText {
  const addresses: string[] = [];
  for (const part of text.split(',')) {
    const bare = part
      .trim()
      .replace(/^https?:\/\//, '')
      .replace(/\/$/, '')
      .replace(/^master@/, '');
    const address = /:\d+$/.test(bare) ? bare : `${bare}:${defaultPort}`;
    const parsed = parseHostPort(address);
    if (parsed === undefined || parsed.port === 0)
      return { error: 'Expecting HOST:PORT, or several with commas in between, or zk://... or etcd://...' };
    addresses.push(address);
  }
  return { location: { addresses, isSecure: text.startsWith('https://') } };
}

/** The flag `--master` of commands that talk to one. */
export const masterFlag = flag.string({
  default: `127.0.0.1:${defaultPort}`,
  help:
    'The master, here or in MESOS_MASTER: HOST:PORT, or https://HOST:PORT; of several masters all, HOST:PORT,HOST:PORT,HOST:PORT, or who knows which of them leads, ' +
    'zk://HOST:PORT,HOST:PORT/PATH or etcd://HOST:PORT,HOST:PORT/PREFIX.',
  validate: (text) => parseMaster(text).error,
});

/**
 * Where a validated `--master` says that the masters are: the one place that knows what may stand there. Rejects with `CLI_TIMED_OUT` when nobody
 * knows in time which master leads, and with `CLI_NOT_FOUND` when nobody will.
 */
export async function masterLocation(text: string, timeoutMs: number): Promise<MasterLocation> {
  const { location, service } = parseMaster(text);
  if (service !== undefined) return { addresses: [await leaderOf(service, timeoutMs)], isSecure: false };
  return location ?? { addresses: [text], isSecure: false };
}

/** What is told to a scheduler of a validated `--master`: URLs to speak HTTP to, where it is written as such. */
export function schedulerMaster(text: string): string | readonly string[] {
  const { location } = parseMaster(text);
  if (location === undefined) return text;
  const { addresses, isSecure } = location;
  if (!/^https?:/.test(text)) return addresses.join(',');
  return addresses.map((address) => `${isSecure ? 'https' : 'http'}://${address}`);
}

async function leaderOf(service: ServiceAddress, timeoutMs: number): Promise<string> {
  const clock = new SystemClock();
  const said: string[] = [];
  const note = (line: string): void => void said.push(line);
  const logger = {
    ...streamLogger({ write: () => undefined, now: () => clock.now(), component: 'cli' }),
    warn: note,
    error: note,
  };
  using limit = timeLimit(clock, timeoutMs);
  const detector = await openDetector(service, { clock, logger, random: new SystemRandom() });
  try {
    for (;;) {
      const leader = await detector.detect(undefined, { signal: limit.signal });
      if (leader !== undefined) return masterAddress(leader);
    }
  } catch (error) {
    if (!limit.signal.aborted) throw new CliError('CLI_NOT_FOUND', errorText(error), { cause: error });
    const why = said.at(-1)?.replace(/; trying again$/, '') ?? 'no master is in the contest';
    throw new CliError('CLI_TIMED_OUT', `No leading master was found in ${timeoutMs} ms: ${why}`, { cause: error });
  } finally {
    await detector.close();
  }
}
