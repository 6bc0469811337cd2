import { flag } from '@mesos-ts/flags';
import { parseHostPort } from '@mesos-ts/libprocess';

const defaultPort = 5050;

/** What `--master` says: `host:port`, or what is wrong with it. */
export type MasterText =
  | { readonly address: string; readonly isSecure: boolean; readonly error?: undefined }
  | { readonly error: string; readonly address?: undefined; readonly isSecure?: undefined };

/** Reads where the master is, written `host:port`, `host`, `master@host:port`, `http://host:port` or `https://host:port`. */
export function parseMaster(text: string): MasterText {
  if (/^(?:zk|file):/.test(text)) return { error: `'${text}': discovery is not supported yet, expecting HOST:PORT` };
  const bare = text
    .replace(/^https?:\/\//, '')
    .replace(/\/$/, '')
    .replace(/^master@/, '');
  const address = /:\d+$/.test(bare) ? bare : `${bare}:${defaultPort}`;
  const parsed = parseHostPort(address);
  return parsed === undefined || parsed.port === 0
    ? { error: `'${text}': expecting HOST:PORT` }
    : { address, isSecure: text.startsWith('https://') };
}

/** The flag `--master` of commands that talk to one. */
export const masterFlag = flag.string({
  default: `127.0.0.1:${defaultPort}`,
  help: 'The master, HOST:PORT, or https://HOST:PORT.',
  validate: (text) => parseMaster(text).error,
});

/** Where the cluster's master is, and whether it speaks TLS. */
export interface MasterLocation {
  /** `host:port`. */
  readonly address: string;
  readonly isSecure: boolean;
}

/** Where a validated `--master` says that the master is: the one place that knows what may stand there. */
export function masterLocation(text: string): MasterLocation {
  const { address = text, isSecure = false } = parseMaster(text);
  return { address, isSecure };
}
