import type { RouteOptions } from '../actor/handlers.ts';

/** Who may use the endpoints of an actor. */
export interface GuardOptions {
  /** Whose authenticator is asked. @default everybody may */
  readonly realm?: string | undefined;
}

/** The options that routes are guarded with. */
export function guardOf({ realm }: GuardOptions): RouteOptions {
  return realm === undefined ? {} : { realm };
}
