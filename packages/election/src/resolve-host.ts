import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { errorText } from '@mesos-ts/libprocess';
import { ElectionError } from './errors.ts';
import { hostPort } from './master-info.ts';
import type { HostPort } from './address.ts';

/** `ip:port` of a host, by its name. Rejects with `ELECTION_NOT_FOUND`. */
export async function resolveHost({ host, port }: HostPort): Promise<string> {
  if (isIP(host) !== 0) return hostPort(host, port);
  try {
    return hostPort((await lookup(host, { family: 4 })).address, port);
  } catch (error) {
    throw new ElectionError('ELECTION_NOT_FOUND', `Cannot find the address of '${host}': ${errorText(error)}`, {
      cause: error,
    });
  }
}
