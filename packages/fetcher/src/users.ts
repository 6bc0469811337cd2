/** Who a user is on this machine, asked of the system's own `id`, which knows every directory service in use. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { FetchError } from './errors.ts';

/** A user and a group, as numbers. */
export interface Identity {
  uid: number;
  gid: number;
}

/** Finds the numbers of a user's name; rejects with `FETCH_USER_UNKNOWN` when the machine has no such user. */
export type ResolveUser = (name: string) => Promise<Identity>;

const run = promisify(execFile);

/** Resolves a user's name the way the machine does. */
export async function resolveSystemUser(name: string): Promise<Identity> {
  const unknown = (cause?: unknown): FetchError =>
    new FetchError('FETCH_USER_UNKNOWN', `There is no user '${name}' on this machine`, { cause });
  // What starts with a dash would be taken for an option.
  if (!/^[^-\s\0][^\s\0]*$/.test(name)) throw unknown();
  try {
    const [user, group] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: numberIn(user.stdout), gid: numberIn(group.stdout) };
  } catch (error) {
    throw unknown(error);
  }
}

function numberIn(output: string): number {
  const text = output.trim();
  if (!/^\d+$/.test(text)) throw new Error(`Expecting a number from id, but it said '${text}'`);
  return Number(text);
}

/** The owner to give results to: nobody, unless this program is root and so can give files away. */
export function effectiveOwner(owner: Identity | undefined): Identity | undefined {
  return process.geteuid?.() === 0 ? owner : undefined;
}
