import { PathTable } from './path-pattern.ts';
import type { InstalledRoute } from '../actor/handlers.ts';
import type { RouteParams } from './path-pattern.ts';

/** What the router knows of an actor. */
export interface RoutedActor {
  readonly routes: ReadonlyMap<string, InstalledRoute>;
}

/** An actor that a path may belong to. */
export interface Candidate<A> {
  readonly id: string;
  readonly actor: A;
  /** The path below the actor, still encoded, without doubled slashes at its begin and any at its end. */
  readonly rest: string;
  /** The same, decoded. */
  readonly path: string;
}

/** Where a request goes: an actor's route. */
export interface RoutedRequest<A> extends Candidate<A> {
  readonly route: InstalledRoute;
  readonly params: RouteParams;
}

/** An actor's name and a path below it as one path: what rules about endpoints are compared with. */
export function endpointOf(id: string, path: string): string {
  return path === '/' ? `/${id}` : `/${id}${path}`;
}

/**
 * Whom a path may belong to, as in libprocess: the actor that its first segment names, then the one that `/` is delegated to. Only the
 * actor's name is decoded before it is compared: `/master/%73tate` is no route. 'malformed' is a path that cannot be decoded.
 */
export function candidates<A>(
  path: string,
  find: (id: string) => A | undefined,
  delegate: string | undefined,
): Candidate<A>[] | 'malformed' {
  const plain = decoded(path);
  if (plain === undefined || !path.startsWith('/')) return 'malformed';
  // As libprocess has it, nothing that climbs exists: a route that serves files must never see it.
  if (/\/\.\.(?:\/|$)/.test(plain)) return [];
  const whole = trimmed(path);
  const slash = whole.indexOf('/', 1);
  const id = decoded(slash < 0 ? whole.slice(1) : whole.slice(1, slash));
  // A name that is cut out of a path that could be decoded might still end within a character.
  if (id === undefined) return 'malformed';
  const found: Candidate<A>[] = [];
  const add = (name: string, rest: string): void => {
    const actor = find(name);
    if (actor !== undefined) found.push({ id: name, actor, rest, path: decoded(rest) ?? rest });
  };
  add(id, slash < 0 ? '/' : trimmed(whole.slice(slash)));
  if (delegate !== undefined) add(delegate, whole);
  return found;
}

/** The first candidate that has a route for the path: the longest one that is a prefix of it, segment by segment. */
export function routeRequest<A extends RoutedActor>(found: readonly Candidate<A>[]): RoutedRequest<A> | undefined {
  for (const candidate of found) {
    const { actor, rest } = candidate;
    if (actor.routes.size === 0) continue;
    const match = tableOf(actor.routes).match(rest);
    const route = match === undefined ? undefined : actor.routes.get(match.path);
    if (match !== undefined && route !== undefined) {
      return { ...candidate, route, params: match.params };
    }
  }
  return undefined;
}

const tables = new WeakMap<ReadonlyMap<string, InstalledRoute>, PathTable>();

function tableOf(routes: ReadonlyMap<string, InstalledRoute>): PathTable {
  let table = tables.get(routes);
  if (table === undefined) {
    table = new PathTable(routes);
    tables.set(routes, table);
  }
  return table;
}

/** Without doubled slashes at the begin and without any at the end: neither makes a difference in libprocess. */
function trimmed(path: string): string {
  let begin = 0;
  while (path[begin + 1] === '/') begin++;
  let end = path.length;
  while (end > begin + 1 && path[end - 1] === '/') end--;
  return path.slice(begin, end);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
