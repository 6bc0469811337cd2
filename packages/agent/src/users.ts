import { userInfo } from 'node:os';

/** The name of the user that this program runs as; undefined when the machine has no name for it. */
export function currentUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
