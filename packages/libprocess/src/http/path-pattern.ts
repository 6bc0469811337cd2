import { ProcessError } from '../errors.ts';

type Names<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? Names<Head> | Names<Tail>
  : Path extends `:${infer Name}`
    ? Name
    : never;

/** What the `:name` segments of a route's path matched: `{ id: string }` for `/frameworks/:id`; any names for a path known only at run time. */
export type RouteParams<Path extends string = string> = string extends Path
  ? Readonly<Record<string, string>>
  : Readonly<Record<Names<Path>, string>>;

/** Where a route's path matched the beginning of a request's path. */
interface PatternMatch {
  /** The route's path. */
  readonly path: string;
  readonly params: RouteParams;
}

interface Pattern {
  readonly path: string;
  readonly segments: readonly Segment[];
}

interface Segment {
  readonly literal: string | undefined;
  readonly name: string;
}

const nameOf = /^:([A-Za-z_]\w*)$/;
const noParams: RouteParams = Object.freeze(Object.create(null) as Record<string, string>);

/**
 * Checks a route's path: it begins with `/`, does not end with one unless it is `/`, has no empty segment, and the names of its
 * `:name` segments are identifiers that differ. Throws `ROUTE_INVALID`.
 */
export function checkRoutePath(path: string): void {
  const problem = pathProblem(path);
  if (problem !== undefined) throw new ProcessError('ROUTE_INVALID', `'${path}' cannot be a route: ${problem}`);
}

function pathProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return 'it does not begin with a slash';
  if (path === '/') return undefined;
  const names = new Set<string>();
  for (const segment of path.slice(1).split('/')) {
    if (segment === '') return 'it has an empty segment';
    if (!segment.startsWith(':')) continue;
    const name = nameOf.exec(segment)?.[1];
    if (name === undefined) return `'${segment}' is no parameter`;
    if (names.has(name)) return `it has '${segment}' twice`;
    names.add(name);
  }
  return undefined;
}

/** Whether a route's path has parameters. */
function isPattern(path: string): boolean {
  return path.includes('/:');
}

/** The routes' paths of one actor, arranged for matching. Made again when the actor has installed another. */
export class PathTable {
  readonly #paths: ReadonlyMap<string, unknown>;
  #patterns: readonly Pattern[] = [];
  #arranged = 0;

  constructor(paths: ReadonlyMap<string, unknown>) {
    this.#paths = paths;
  }

  /**
   * The installed path of most segments that matches the beginning of a request's path, which is still encoded and has no slash at
   * its end. Of two that are equally long, the one that has text at the first segment where they differ wins over a parameter. The
   * root is that very page, not a catch-all.
   */
  match(path: string): PatternMatch | undefined {
    const exact = this.#longestExact(path);
    if (this.#arranged !== this.#paths.size) this.#arrange();
    if (this.#patterns.length === 0) return exact === undefined ? undefined : { path: exact, params: noParams };
    const segments = path.slice(1).split('/');
    const depth = exact === undefined ? 0 : exact.split('/').length - 1;
    for (const { path: pattern, segments: wanted } of this.#patterns) {
      if (wanted.length <= depth) break;
      const params = matchSegments(wanted, segments);
      if (params !== undefined) return { path: pattern, params };
    }
    return exact === undefined ? undefined : { path: exact, params: noParams };
  }

  #longestExact(path: string): string | undefined {
    let prefix = path;
    for (;;) {
      if (this.#paths.has(prefix) && !isPattern(prefix)) return prefix;
      const cut = prefix.lastIndexOf('/');
      if (cut <= 0) return undefined;
      prefix = prefix.slice(0, cut);
    }
  }

  #arrange(): void {
    this.#arranged = this.#paths.size;
    this.#patterns = [...this.#paths.keys()]
      .filter(isPattern)
      .map((path) => ({ path, segments: path.slice(1).split('/').map(parseSegment) }))
      .toSorted(mostSpecificFirst);
  }
}

function parseSegment(text: string): Segment {
  const name = nameOf.exec(text)?.[1];
  return name === undefined ? { literal: text, name: '' } : { literal: undefined, name };
}

function mostSpecificFirst(a: Pattern, b: Pattern): number {
  if (a.segments.length !== b.segments.length) return b.segments.length - a.segments.length;
  for (const [index, { literal }] of a.segments.entries()) {
    const isLiteral = literal !== undefined;
    if (isLiteral !== (b.segments[index]?.literal !== undefined)) return isLiteral ? -1 : 1;
  }
  return 0;
}

function matchSegments(wanted: readonly Segment[], segments: readonly string[]): RouteParams | undefined {
  if (wanted.length > segments.length) return undefined;
  // Without a prototype: a parameter may have any name and value.
  const params = Object.create(null) as Record<string, string>;
  for (const [index, { literal, name }] of wanted.entries()) {
    const segment = segments[index] ?? '';
    if (literal === undefined) {
      if (segment === '') return undefined;
      // The whole path was decoded once before, so this cannot fail.
      params[name] = decodeURIComponent(segment);
    } else if (segment !== literal) {
      return undefined;
    }
  }
  return params;
}
