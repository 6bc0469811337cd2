import type { InstalledRoute } from '../actor/handlers.ts';

/** What the router knows of an actor. */
export interface RoutedActor {
  readonly routes: ReadonlyMap<string, InstalledRoute>;
}

/** Where a request goes: an actor's route, and the request's path below the actor. */
export interface RoutedRequest<A extends RoutedActor> {
  readonly actor: A;
  readonly route: InstalledRoute;
  readonly path: string;
}

/**
 * Finds the route of a request as libprocess does: the first segment of the path names the actor; where it names none, the whole
 * path belongs to the actor that `/` is delegated to; the longest installed route that is a prefix of the path, segment by
 * segment, wins; a trailing slash does not count. Only the actor's name is decoded before it is compared: `/master/%73tate` is no
 * route. The path that the handler gets is decoded. Answers 'malformed' for a path that cannot be decoded.
 */
export function routeRequest<A extends RoutedActor>(
  path: string,
  find: (id: string) => A | undefined,
  delegate: string | undefined,
): RoutedRequest<A> | 'malformed' | undefined {
  if (!path.startsWith('/')) return 'malformed';
  const slash = path.indexOf('/', 1);
  const id = decoded(slash < 0 ? path.slice(1) : path.slice(1, slash));
  if (id === undefined || decoded(path) === undefined) return 'malformed';
  const named = find(id);
  if (named !== undefined) {
    const found = longestRoute(named, slash < 0 ? '/' : path.slice(slash));
    if (found !== undefined) return found;
  }
  const delegated = delegate === undefined ? undefined : find(delegate);
  return delegated === undefined ? undefined : longestRoute(delegated, path);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function longestRoute<A extends RoutedActor>(actor: A, path: string): RoutedRequest<A> | undefined {
  let prefix = path;
  while (prefix.length > 1 && prefix.endsWith('/')) prefix = prefix.slice(0, -1);
  for (;;) {
    const route = actor.routes.get(prefix);
    // The root route is that very page, not a catch-all.
    if (route !== undefined) return { actor, route, path: decoded(path) ?? path };
    const cut = prefix.lastIndexOf('/');
    if (cut <= 0) return undefined;
    prefix = prefix.slice(0, cut);
  }
}
