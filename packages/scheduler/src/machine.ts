import { hostname, userInfo } from 'node:os';
import { env } from 'node:process';
import type { MachineFacts } from './framework.ts';

/** Who runs this program, and where. */
export function machineFacts(): MachineFacts {
  return { user: currentUser(), hostname: hostname() };
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no account has.
    return env['USER'] ?? 'root';
  }
}
